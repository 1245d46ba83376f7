// The preview of a bulk action: tick all or none, and how many are ticked.
(function () {
  "use strict";
  function boxes(table) { return Array.from(table.querySelectorAll('tbody input[name="n"]')); }
  function count(table) {
    const all = boxes(table), ticked = all.filter((box) => box.checked).length;
    const head = table.querySelector("[data-tick-all]");
    if (head) { head.checked = ticked === all.length; head.indeterminate = ticked > 0 && ticked < all.length; }
    const shown = document.querySelector("[data-tick-count]");
    if (shown) shown.textContent = (ticked + Number(shown.dataset.tickCount)).toLocaleString("en-US");
  }
  document.addEventListener("change", (event) => {
    const table = event.target.closest("[data-ticks]");
    if (!table) return;
    if (event.target.matches("[data-tick-all]")) boxes(table).forEach((box) => { box.checked = event.target.checked; });
    count(table);
  });
})();
