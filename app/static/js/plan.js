// The plan editor: an item brings its unit, its price ceiling and what is to be measured; a basic item adds its line.
(function () {
  "use strict";
  const data = document.getElementById("plan-catalogue");
  if (!data) return;
  const catalogue = JSON.parse(data.textContent);
  const box = document.querySelector('[data-rows="lines"]');

  function put(input, value, before) {
    if (input && (input.value === "" || input.value === before)) input.value = value;
  }
  function choose(select) {
    const row = select.closest("[data-row]"), now = catalogue[select.value] || null, was = catalogue[select.dataset.was] || {};
    const find = (mark) => row.querySelector("[" + mark + "]");
    if (now) {
      put(find("data-plan-unit"), now.unit, was.unit);
      put(find("data-plan-price"), now.price, was.price);
      find("data-plan-measured").placeholder = now.measures ? "实测：" + now.measures : "实测尺寸";
    }
    find("data-plan-about").textContent = now ? [now.type, now.kind].filter(Boolean).join("·") : "";
    select.dataset.was = select.value;
  }
  function selects() { return Array.from(box.querySelectorAll("[data-rows-list] [data-plan-item]")); }

  box.querySelectorAll("[data-plan-item]").forEach((select) => { select.dataset.was = select.value; });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-plan-item]")) choose(event.target);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-plan-add]");
    if (!button) return;
    box.querySelector("[data-rows-add]").click();
    const select = selects().pop(), row = select.closest("[data-row]");
    select.value = button.dataset.planAdd;
    choose(select);
    const decision = button.closest("[data-row]").querySelector("select");
    if (decision) { decision.value = "install"; decision.dispatchEvent(new Event("change", { bubbles: true })); }
    const quantity = row.querySelector('[name$="-quantity"]');
    const chosen = catalogue[select.value];
    if (quantity && quantity.value === "" && chosen) quantity.value = chosen.quantity;  // open where it is measured, not counted
    row.scrollIntoView({ block: "center" });
    row.querySelector('[name$="-space"]').focus();
    select.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
