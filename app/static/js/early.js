// Runs before the first paint: what must hold by the time anybody reads the page.
(function () {
  "use strict";
  try {
    // the menu folded as it was, so that nothing jumps
    if (localStorage.getItem("anju.side") === "narrow") document.documentElement.classList.add("side-narrow");
    // The draft that arrived goes (forms.js keeps it): whoever reads that it is done may go on before later scripts come, and must not
    // be offered it again. Only the page to which the server leads then bears the mark, any other may come after a broken line;
    // and the mark goes too, or coming back to this page would let go of the next draft, which may never have arrived.
    const here = new URL(location.href);
    if (here.searchParams.has("done")) {
      localStorage.removeItem(sessionStorage.getItem("anju.sent"));
      sessionStorage.removeItem("anju.sent");
      here.searchParams.delete("done");
      history.replaceState(history.state, "", here);
    }
  } catch (error) { /* storage may be closed to us: the menu is simply open, and no draft was kept */ }

  // What is typed, chosen, photographed, opened or pressed before the scripts have come is told again once they all listen. Answers may
  // be told twice; a press may not, so none of them hears of it before, and only a button counts that does nothing by itself.
  const early = { input: new Set(), change: new Set(), toggle: new Set(), click: new Set() };
  function note(event) {
    const button = event.type === "click" && event.target.closest("button[type=button]");
    if (event.type !== "click") early[event.type].add(event.target);
    else if (button) { early.click.add(button); event.stopImmediatePropagation(); }
  }
  const kinds = Object.keys(early);
  kinds.forEach((kind) => document.addEventListener(kind, note, true));  // toggle does not bubble
  function tell() { kinds.forEach((kind) => early[kind].forEach((one) => one.dispatchEvent(new Event(kind, { bubbles: kind !== "toggle" })))); }
  document.addEventListener("DOMContentLoaded", () => {
    kinds.forEach((kind) => document.removeEventListener(kind, note, true));
    setTimeout(tell, 0);  // by then every script has heard that the page is there
  });
})();
