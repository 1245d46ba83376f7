// Runs before the first paint: restores the folded menu so that nothing jumps.
(function () {
  "use strict";
  try {
    if (localStorage.getItem("anju.side") === "narrow") document.documentElement.classList.add("side-narrow");
  } catch (error) { /* storage may be closed to us: the menu is simply open */ }
})();
