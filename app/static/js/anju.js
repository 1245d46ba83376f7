// Page behaviour by data attributes: menu, search key, confirm, reading aloud, table arrows, tabs, htmx's CSRF header.
(function () {
  "use strict";
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const token = () => { const meta = one('meta[name="csrf-token"]'); return meta ? meta.content : ""; };
  const typing = (element) => element && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable);

  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });

  // ----- menu -----
  function closeSide() { root.classList.remove("side-open"); }
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("[data-fold-side]")) {
      const narrow = root.classList.toggle("side-narrow");
      try { localStorage.setItem("anju.side", narrow ? "narrow" : "wide"); } catch (error) { /* keeps for this page only */ }
    } else if (target.closest("[data-open-side]")) {
      root.classList.add("side-open");
      const first = one(".side-link"); if (first) first.focus();
    } else if (root.classList.contains("side-open") && !target.closest(".side")) {
      closeSide();
    }
    all("details[data-menu][open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
  });

  function rowAddress(row) { return row.dataset.rowLink || one("a[href]", row).href; }

  // ----- keys: / searches, Esc closes, arrows walk through rows -----
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && keysOn() && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = one("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    } else if (event.key === "Escape") {
      closeSide();
      all("details[data-menu][open]").forEach((menu) => { menu.open = false; const summary = one("summary", menu); if (summary) summary.focus(); });
      if (event.target.matches && event.target.matches("[data-search]")) event.target.blur();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest) {
      const row = event.target.closest("tr[data-row-link]");
      if (!row) { intoTable(event); return; }
      if (typing(event.target) && event.target.type !== "checkbox") return;
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (next && next.matches("tr[data-row-link]")) { event.preventDefault(); next.focus(); }
    } else if (event.key === "Enter" && event.target.matches && event.target.matches("tr[data-row-link]")) {
      location.assign(rowAddress(event.target));
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form && event.target.form.method === "post") {
      event.preventDefault(); event.target.form.requestSubmit();
    } else if (event.key === "x" && event.target.closest && event.target.closest("tr[data-row-link]")) {
      const box = one('input[name="n"]', event.target.closest("tr[data-row-link]"));
      if (box && (!typing(event.target) || event.target === box)) { event.preventDefault(); box.click(); }
    }
  });
  // from the page itself or the search box, the down arrow goes into the first table
  function intoTable(event) {
    const free = event.target === document.body || event.target.matches("[data-search], main");
    const row = free && event.key === "ArrowDown" && one("tr[data-row-link]");
    if (row) { event.preventDefault(); row.focus(); }
  }

  // ----- single keys: elements say theirs with data-key, ? lists them, and they can be switched off -----
  function keysOn() { try { return localStorage.getItem("anju.keys") !== "off"; } catch (error) { return true; } }
  const FIXED = [["/", "查找改造户"], ["↓ ↑", "进入表格、上下移动"], ["Enter", "打开所在的一行；填表时提交"], ["x", "勾选所在的一行"], ["i", "到第一个要填的地方"], ["Ctrl Enter", "填好了，提交"], ["Esc", "关闭菜单和窗口"], ["?", "快捷键"]];
  const keyed = () => all("[data-key]").filter((element) => element.getClientRects().length);
  const nameOf = (element) => element.dataset.keyName || element.title || element.textContent.trim();
  function showKeys() {
    const dialog = document.createElement("dialog");
    dialog.className = "ask keys"; dialog.setAttribute("aria-label", "快捷键");
    const title = document.createElement("h2"); title.textContent = "快捷键";
    const list = document.createElement("dl");
    for (const [key, words] of FIXED.concat(keyed().map((element) => [element.dataset.key, nameOf(element)]))) {
      const term = document.createElement("dt"), kbd = document.createElement("kbd"), said = document.createElement("dd");
      kbd.textContent = key; said.textContent = words; term.append(kbd); list.append(term, said);
    }
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = "checkbox"; box.checked = keysOn(); label.append(box, " 使用单键快捷键（只记在这台电脑上）");
    box.addEventListener("change", () => { try { localStorage.setItem("anju.keys", box.checked ? "on" : "off"); } catch (error) { /* for this page only */ } });
    const shut = document.createElement("button"); shut.type = "button"; shut.className = "btn btn-outline"; shut.textContent = "关闭";
    shut.addEventListener("click", () => dialog.close());
    const line = document.createElement("div"); line.className = "line"; line.append(label, shut);
    dialog.append(title, list, line); document.body.append(dialog);
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal(); shut.focus();
  }
  // into the page's form: the first field that can be filled, else its button
  function intoForm(event) {
    const form = all('main form[method="post"]').find((one) => one.matches("[data-guard]:not(.remark)"));
    const seen = (field) => !field.disabled && field.getClientRects().length;
    const first = form && (all("input:not([type=hidden]), select, textarea", form).find(seen) || all('button[type="submit"]', form).find(seen));
    if (first) { event.preventDefault(); first.focus(); }
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-show-keys]")) showKeys(); });
  document.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
    const ticking = event.target.type === "checkbox" || event.target.type === "radio";
    if (!plain || (typing(event.target) && !ticking) || one("dialog[open]")) return;
    if (event.key === "?" && keysOn()) { event.preventDefault(); showKeys(); return; }
    if (event.key === "i" && keysOn()) { intoForm(event); return; }
    const found = keysOn() && keyed().find((element) => element.dataset.key === event.key);
    if (!found) return;
    event.preventDefault();
    if (found.matches("input:not([type=checkbox]), textarea, select")) found.focus(); else found.click();
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-row-link]");
    if (row && !event.target.closest("a, button, input, label, summary, .tick") && !String(getSelection())) location.assign(rowAddress(row));
  });

  // ----- data-confirm: one sentence before a binding act -----
  function ask(sentence, go) {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    const title = document.createElement("h2"); title.textContent = "请确认";
    const text = document.createElement("p"); text.textContent = sentence;
    const line = document.createElement("div"); line.className = "line";
    const no = document.createElement("button"); no.type = "button"; no.className = "btn btn-outline"; no.textContent = "再看看";
    const yes = document.createElement("button"); yes.type = "button"; yes.className = "btn btn-primary"; yes.textContent = "确认办理";
    line.append(no, yes); dialog.append(title, text, line); document.body.append(dialog);
    dialog.setAttribute("aria-label", "请确认");
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => { dialog.close(); go(); });
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal(); no.focus();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-confirm]");
    if (!button || button.tagName === "FORM" || button.dataset.confirmed) return;
    event.preventDefault(); event.stopImmediatePropagation();
    ask(button.dataset.confirm, () => { button.dataset.confirmed = "1"; button.click(); delete button.dataset.confirmed; });
  }, true);

  // ----- reading aloud and printing -----
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-read-aloud]");
    if (button) {
      if (!("speechSynthesis" in window)) { button.disabled = true; button.textContent = "这台设备不能朗读"; return; }
      if (speechSynthesis.speaking) { speechSynthesis.cancel(); return; }
      const source = one(button.dataset.readAloud) || document.body;
      const words = new SpeechSynthesisUtterance(source.innerText.replace(/\s+/g, "，"));
      words.lang = "zh-CN"; words.rate = 0.85;
      speechSynthesis.speak(words);
    }
    if (event.target.closest("[data-print]")) window.print();
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = "已复制"; });
  });

  // ----- a paper has no small picture: an icon stands in its place -----
  document.addEventListener("error", (event) => {
    if (!event.target.matches || !event.target.matches("img[data-or-icon]")) return;
    const icon = document.createElement("i"); icon.className = "ti ti-file-text"; icon.setAttribute("aria-hidden", "true");
    event.target.parentElement.classList.add("paper"); event.target.replaceWith(icon);
  }, true);

  // ----- filters that send themselves -----
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (form) form.requestSubmit();
  });

  // ----- the list of errors takes the focus; its links focus the field itself -----
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-list] a");
    if (!link) return;
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!place) return;
    event.preventDefault();
    place.scrollIntoView({ block: "center" });
    const input = place.matches("input, select, textarea") ? place : one("input:not([type=hidden]), select, textarea", place) || place;
    input.focus({ preventScroll: true });
  });
  document.addEventListener("DOMContentLoaded", () => { const list = one("[data-error-list]"); if (list) list.focus({ preventScroll: false }); });
  // ----- a table wider than the screen can be reached and moved by keyboard -----
  function reachable() {
    all(".table-wrap").forEach((wrap) => {
      if (wrap.scrollWidth > wrap.clientWidth + 1 && !wrap.hasAttribute("tabindex")) {
        wrap.tabIndex = 0; wrap.setAttribute("role", "region"); wrap.setAttribute("aria-label", "表格，可左右移动");
      }
    });
  }
  document.addEventListener("DOMContentLoaded", reachable);
  document.addEventListener("htmx:afterSwap", reachable);
  window.anju = { one, all, token };
})();
