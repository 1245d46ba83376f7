// The assessment's questions: how many are answered and what they add up to, counted as one goes; on a phone the next
// one comes into sight. The server computes it all again.
(function () {
  "use strict";
  const phone = window.matchMedia("(max-width: 820px)"), calm = window.matchMedia("(prefers-reduced-motion: reduce)");

  function count(box) {
    const strip = box.querySelector("[data-ability-total]");
    const chosen = Array.from(box.querySelectorAll("input[data-points]:checked"));
    const sum = chosen.reduce((points, one) => points + Number(one.dataset.points), 0);
    const put = (mark, text) => { const place = strip.querySelector(mark); if (place) place.textContent = text; };
    put("[data-done]", chosen.length);
    put("[data-sum]", sum);
    const whole = chosen.length === Number(strip.dataset.of);
    const level = (strip.dataset.levels || "").split(";").map((one) => one.split(","))
      .find((one) => sum >= Number(one[0]) && sum <= Number(one[1]));
    put("[data-level]", whole && level ? "按分数：" + level[2] : "");
  }
  document.querySelectorAll("[data-ability]").forEach(count);
  document.addEventListener("change", (event) => {
    const box = event.target.closest("[data-ability]");
    if (!box || !event.target.matches("input[type=radio]")) return;
    count(box);
    if (!phone.matches) return;
    const items = Array.from(box.querySelectorAll("fieldset.ability-item"));
    const next = items.slice(items.indexOf(event.target.closest("fieldset")) + 1).find((one) => !one.querySelector("input:checked"));
    if (next) next.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
  });
})();
