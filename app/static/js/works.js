// Works and acceptance: a photo goes off as soon as it is taken; one tap answers a line as the firm reported it.
(function () {
  "use strict";
  const MOST = 25 * 1024 * 1024;

  function say(form, text) {
    const slot = form.closest && form.closest("[data-slot]"), place = slot && slot.querySelector("[data-said]");
    if (!place) return;
    place.textContent = text;
    place.classList.add("field-error");
  }
  document.addEventListener("change", (event) => {
    const input = event.target, form = input.form;
    if (!form || form.dataset.sendAtOnce === undefined || input.type !== "file" || !input.files.length) return;
    if (Array.from(input.files).some((file) => file.size > MOST)) { say(form, "照片太大，请换一张（最大 25 MB）。"); input.value = ""; return; }
    window.htmx.trigger(form, "photo:taken");
  });
  document.addEventListener("htmx:sendError", (event) => { say(event.target, "没有传上去，请看看信号，再拍一次或再选一次。"); });
  document.addEventListener("htmx:responseError", (event) => { say(event.target, "没有传上去，请刷新页面后再试。"); });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-as-reported]");
    if (!button) return;
    const form = button.closest("form"), prefix = button.dataset.asReported;
    const measured = form.elements[prefix + "-measured"];
    measured.value = button.dataset.value;
    Array.from(form.elements).filter((one) => one.name === prefix + "-result").forEach((one) => { one.checked = one.value === "accepted"; });
    measured.dispatchEvent(new Event("input", { bubbles: true }));
    measured.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
