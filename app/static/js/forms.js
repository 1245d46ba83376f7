// Form behaviour by data attributes: one press only, rows, papers, signatures, kept drafts, guard on leaving.
(function () {
  "use strict";
  const { one, all } = window.anju;

  // ----- data-once: the button shows that it works and cannot be pressed twice -----
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.submitter && event.submitter.matches("[data-download]")) return;  // the page stays, and may be sent again
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (event.defaultPrevented || form.method === "get") return;
    form.dataset.sent = "1"; form.dataset.clean = "1";
    const button = event.submitter || one("[data-once]", form);
    if (button && button.matches("[data-once]")) {
      button.dataset.label = button.textContent;
      button.setAttribute("aria-busy", "true");
      setTimeout(() => { button.textContent = button.dataset.once || "正在办理…"; }, 0);
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    all("form[data-sent]").forEach((form) => { delete form.dataset.sent; delete form.dataset.clean; });
    all("[aria-busy=true]").forEach((button) => { button.removeAttribute("aria-busy"); if (button.dataset.label) button.textContent = button.dataset.label; });
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form"); if (form) delete form.dataset.sent;
  });

  // ----- data-rows: nested lists -----
  function renumber(box) {
    const name = box.dataset.rows;
    const pattern = new RegExp("(^|[#\\s])([a-z]-)?" + name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + "-\\d+(?=-|$)", "g");
    all("[data-row]", one("[data-rows-list]", box)).filter((row) => row.closest("[data-rows]") === box).forEach((row, index) => {
      const number = one("[data-row-number]", row); if (number) number.textContent = String(index + 1);
      [row, ...all("*", row)].forEach((element) => {
        ["name", "id", "for", "aria-describedby", "data-rows", "href"].forEach((key) => {
          const value = element.getAttribute(key);
          if (value) { const moved = value.replace(pattern, (whole, before, mark) => before + (mark || "") + name + "-" + index); if (moved !== value) element.setAttribute(key, moved); }
        });
      });
    });
  }
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-rows-add]");
    if (add) {
      const box = add.closest("[data-rows]"), template = all("[data-rows-template]", box).find((found) => found.closest("[data-rows]") === box);
      one("[data-rows-list]", box).append(template.content.cloneNode(true));
      renumber(box);
      const row = one("[data-rows-list]", box).lastElementChild;
      prepare(row);
      const first = one("input:not([type=hidden]), select, textarea", row); if (first) first.focus();
      box.dispatchEvent(new CustomEvent("rows:changed", { bubbles: true }));
    }
    const remove = event.target.closest("[data-row-remove]");
    if (remove) {
      const row = remove.closest("[data-row]"), box = row.closest("[data-rows]");
      row.remove(); renumber(box); dirty(box.closest("form"));
      // an answer on its way is about the rows as they were
      all('[hx-trigger*="rows:changed"]').forEach((asks) => window.htmx.trigger(asks, "htmx:abort"));
      const button = one("[data-rows-add]", box); if (button) button.focus();
      box.dispatchEvent(new CustomEvent("rows:changed", { bubbles: true }));
    }
    const drop = event.target.closest("[data-drop-kept]");
    if (drop) drop.closest("[data-kept]").remove();
  });

  // ----- data-file: the names of what was chosen (photos have a file of their own: photos.js) -----
  function showNames(input) {
    const box = input.closest(".line") || input;
    let list = box.nextElementSibling;
    if (!list || !list.matches(".file-names")) { list = document.createElement("ul"); list.className = "file-names"; box.after(list); }
    list.replaceChildren(...Array.from(input.files).map((file) => { const item = document.createElement("li"); item.textContent = file.name; return item; }));
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type === "file" && input.matches("[data-file]")) showNames(input);
  });

  // ----- data-signature: drawn on the screen or a signed scan, sent as a file -----
  function signature(box) {
    if (box.dataset.ready || !window.SignaturePad) return;
    box.dataset.ready = "1";
    const canvas = one("[data-signature-pad]", box), file = one("[data-signature-file]", box), state = one("[data-signature-state]", box);
    const pad = new window.SignaturePad(canvas, { minWidth: 1, maxWidth: 3.2, penColor: "#000", backgroundColor: "#fff" });
    function fit() {
      const scale = Math.max(window.devicePixelRatio || 1, 2), kept = pad.toData();
      if (!canvas.offsetWidth) return;
      canvas.width = canvas.offsetWidth * scale; canvas.height = canvas.offsetHeight * scale;
      canvas.getContext("2d").scale(scale, scale);
      pad.clear(); if (kept.length) pad.fromData(kept);
    }
    function tell(text, done) { state.textContent = text; box.classList.toggle("signed", done); }
    function put() {
      canvas.toBlob((blob) => {
        if (!blob || pad.isEmpty()) return;
        const carrier = new DataTransfer();
        carrier.items.add(new File([blob], "签名.png", { type: "image/png" }));
        file.files = carrier.files;
        tell("已签名", true);
      }, "image/png");
    }
    function told() { if (file.files.length) { pad.clear(); tell("已选择：" + file.files[0].name, true); } else tell("还没有签名", false); }
    fit(); told();
    new ResizeObserver(fit).observe(canvas);
    pad.addEventListener("endStroke", () => { put(); dirty(box.closest("form")); });
    file.addEventListener("change", told);
    one("[data-signature-clear]", box).addEventListener("click", () => { pad.clear(); file.value = ""; told(); });
  }
  let padAsked = false;
  function signatures(within) {
    const boxes = all("[data-signature]", within);
    if (!boxes.length) return;
    if (window.SignaturePad) { boxes.forEach(signature); return; }
    if (padAsked) return;
    padAsked = true;
    const script = document.createElement("script");
    script.src = one('script[src*="vendor/htmx.min.js"]').src.replace("htmx.min.js", "signature_pad.umd.min.js");
    script.addEventListener("load", () => all("[data-signature]").forEach(signature));
    script.addEventListener("error", () => all("[data-signature-state]").forEach((state) => { state.textContent = "签名框没有打开，请刷新页面，或上传签好字的扫描件。"; }));
    document.head.append(script);
  }

  // ----- data-keep: the draft stays on this machine until it is sent; never identity numbers or accounts -----
  const SECRET = /(id_number|identity|phone|account|certificate|csrf|password|version|secret|diagnos)/;
  const keepable = (input) => input.name && !SECRET.test(input.name) && !/^(file|hidden|password|submit|button)$/.test(input.type) && !input.closest("[data-no-keep]");
  function keyOf(form) { return "anju.draft." + location.pathname + "." + form.dataset.keep; }
  function keep(form) {
    const values = {};
    Array.from(form.elements).filter(keepable).forEach((input) => {
      if (/^(radio|checkbox)$/.test(input.type)) { if (input.checked) (values[input.name] = values[input.name] || []).push(input.value); else values[input.name] = values[input.name] || []; }
      else values[input.name] = input.value;
    });
    try { localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values, photos: window.anju.photos.kept(form) })); form.dataset.draft = "kept"; } catch (error) { /* full or closed: the guard still warns */ }
  }
  function restore(form) {
    let draft = null;
    try { draft = JSON.parse(localStorage.getItem(keyOf(form)) || "null"); } catch (error) { return; }
    if (!draft || one("[data-error-list]") || Date.now() - draft.at > 14 * 864e5) return;
    const bar = document.createElement("div"); bar.className = "notice work spread"; bar.setAttribute("role", "status");
    const text = document.createElement("span"); text.textContent = "上次填了一半，还没有提交（" + new Date(draft.at).toLocaleString("zh-CN") + "）。";
    const buttons = document.createElement("span"); buttons.className = "line";
    const use = document.createElement("button"); use.type = "button"; use.className = "btn btn-outline btn-sm"; use.textContent = "接着填";
    const drop = document.createElement("button"); drop.type = "button"; drop.className = "btn-link"; drop.textContent = "不要了";
    buttons.append(use, drop); bar.append(text, buttons); form.before(bar);
    use.addEventListener("click", () => { fill(form, draft.values); window.anju.photos.restore(form, draft.photos); bar.remove(); dirty(form); });
    drop.addEventListener("click", () => { localStorage.removeItem(keyOf(form)); bar.remove(); });
  }
  function fill(form, values) {
    all("[data-rows]", form).forEach((box) => {
      const wanted = Object.keys(values).reduce((most, name) => { const found = name.match(new RegExp("^" + box.dataset.rows + "-(\\d+)-")); return found ? Math.max(most, Number(found[1]) + 1) : most; }, 0);
      while (all("[data-row]", one("[data-rows-list]", box)).length < wanted && one("[data-rows-add]", box)) one("[data-rows-add]", box).click();
    });
    Array.from(form.elements).filter(keepable).forEach((input) => {
      if (!(input.name in values)) return;
      if (/^(radio|checkbox)$/.test(input.type)) input.checked = values[input.name].includes(input.value);
      else input.value = values[input.name];
      input.dispatchEvent(new Event("input", { bubbles: true })); input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.keep !== undefined && !event.defaultPrevented) sessionStorage.setItem("anju.sent", keyOf(form));  // early.js lets it go
  });

  // ----- data-guard: leaving with something typed asks first -----
  function dirty(form) { if (form && form.dataset.guard !== undefined) form.dataset.dirty = "1"; }
  let timer = 0;
  document.addEventListener("input", (event) => {
    const form = event.target.form; if (!form) return;
    dirty(form);
    if (form.dataset.keep !== undefined) { clearTimeout(timer); timer = setTimeout(() => keep(form), 600); }
  });
  // a telephone may throw the page away behind the camera: what is typed is kept before it goes out of sight
  function keepAll() { clearTimeout(timer); all("form[data-keep][data-dirty]").forEach((form) => { if (!form.dataset.sent) keep(form); }); }
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keepAll(); });
  window.addEventListener("pagehide", keepAll);
  window.addEventListener("beforeunload", (event) => {
    if (all("form[data-dirty]").some((form) => !form.dataset.clean)) event.preventDefault();
  });

  // ----- data-shows="other=value": a part that only matters with a certain answer; data-alone: else it is not sent -----
  function shows(within) {
    all("[data-shows]", within.querySelectorAll ? within : document).forEach((part) => {
      const form = part.closest("form"), [name, wanted] = part.dataset.shows.split("=");
      const chosen = Array.from(form.elements).filter((input) => input.name === name && (!/^(radio|checkbox)$/.test(input.type) || input.checked)).map((input) => input.value);
      part.hidden = !wanted.split("|").some((value) => chosen.includes(value));
      if (part.dataset.alone !== undefined) all("input", part).forEach((input) => { input.disabled = part.hidden; });
    });
  }
  document.addEventListener("change", (event) => { if (event.target.form) shows(event.target.form); });

  function prepare(within) { signatures(within); shows(within); }
  document.addEventListener("htmx:afterSwap", (event) => prepare(event.target));
  document.addEventListener("DOMContentLoaded", () => {
    prepare(document);
    all("form[data-keep]").forEach(restore);
  });
})();
