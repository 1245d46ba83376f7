// Lists and talk: whom an @ may mean.
(function () {
  "use strict";
  const { one, all } = window.anju;

  // ----- @name in a remark: the people who may see the file -----
  const asked = new Map();
  function peopleOf(area) {
    const url = area.dataset.mention;
    if (!asked.has(url)) asked.set(url, fetch(url, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : [])).catch(() => []));
    return asked.get(url);
  }
  function begun(area) {
    const before = area.value.slice(0, area.selectionStart);
    const at = Math.max(before.lastIndexOf("@"), before.lastIndexOf("＠"));
    const word = before.slice(at + 1);
    return at < 0 || /\s/.test(word) || word.length > 20 ? null : { at, word };
  }
  function close(area) {
    const box = document.getElementById("mention-box");
    if (box) box.remove();
    area.removeAttribute("aria-activedescendant"); area.setAttribute("aria-expanded", "false");
  }
  function choose(area, name) {
    const start = begun(area);
    if (start) area.setRangeText("@" + name + " ", start.at, area.selectionStart, "end");
    close(area); area.focus();
  }
  function mark(area, box, place) {
    all("li", box).forEach((item, index) => item.setAttribute("aria-selected", String(index === place)));
    const chosen = box.children[place];
    area.setAttribute("aria-activedescendant", chosen.id); chosen.scrollIntoView({ block: "nearest" });
  }
  async function offer(area) {
    if (!begun(area)) { close(area); return; }
    const names = await peopleOf(area);
    const start = begun(area);
    if (!start) { close(area); return; }
    const found = names.filter((name) => name.includes(start.word)).slice(0, 12);
    close(area);
    if (!found.length) return;
    const box = document.createElement("ul");
    box.id = "mention-box"; box.className = "mention-box"; box.setAttribute("role", "listbox"); box.setAttribute("aria-label", "能看到这份档案的人");
    found.forEach((name, index) => {
      const item = document.createElement("li");
      item.id = "mention-" + index; item.setAttribute("role", "option"); item.textContent = name;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(area, name); });
      box.append(item);
    });
    area.after(box); area.setAttribute("role", "combobox"); area.setAttribute("aria-controls", box.id); area.setAttribute("aria-expanded", "true");
    mark(area, box, 0);
  }
  document.addEventListener("input", (event) => { if (event.target.matches("[data-mention]")) offer(event.target); });
  document.addEventListener("focusout", (event) => { if (event.target.matches("[data-mention]")) close(event.target); });
  document.addEventListener("keydown", (event) => {
    const box = document.getElementById("mention-box");
    if (!box || !event.target.matches("[data-mention]")) return;
    const area = event.target, items = Array.from(box.children);
    const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault(); mark(area, box, (now + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length);
    } else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") {
      event.preventDefault(); choose(area, items[now].textContent);
    } else if (event.key === "Escape") { event.stopPropagation(); close(area); }
  }, true);

  // ----- ticking rows: the bar says how many, x ticks the row, all of the page or all that match -----
  function count(form) {
    const ticked = all('tbody input[name="n"]:checked', form).length;
    const every = one("[data-bulk-all]", form), said = one("[data-bulk-count]", form);
    said.textContent = every && every.checked ? "选中全部" : ticked ? "选中 " + ticked + " 户" : said.dataset.bulkCount;
    all(".bulk-buttons button", form).forEach((button) => { button.disabled = !ticked && !(every && every.checked); });
    const head = one("[data-tick-all]", form), boxes = all('tbody input[name="n"]', form);
    head.checked = ticked === boxes.length; head.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-bulk]");
    if (!form) return;
    if (event.target.matches("[data-tick-all]")) all('tbody input[name="n"]', form).forEach((box) => { box.checked = event.target.checked; });
    count(form);
  });
  function ready() { all("form[data-bulk]").forEach(count); }
  document.addEventListener("DOMContentLoaded", ready);
  window.addEventListener("pageshow", ready);
})();
