// Works and acceptance: a photo goes off as soon as it is taken; one tap answers a line as the firm reported it.
(function () {
  "use strict";
  const { photos } = window.anju;

  // ----- a square of the photo page: made smaller, sent with a bar, put in its place; what failed is tried again -----
  function square(form) { return form.closest("[data-slot]"); }
  function say(form, text, again) {
    const place = square(form) && square(form).querySelector("[data-said]");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("field-error", Boolean(again));
    if (!again) return;
    const button = document.createElement("button");
    button.type = "button"; button.className = "btn btn-primary"; button.textContent = "重试";
    button.addEventListener("click", again);
    place.append(button);
  }
  function bar(form) {
    let found = form.querySelector("progress");
    if (!found) {
      found = document.createElement("progress"); found.max = 100; found.setAttribute("aria-label", "上传进度");
      form.append(found);
    }
    return found;
  }
  function put(form, id) {
    const input = document.createElement("input");
    input.type = "hidden"; input.name = "photos"; input.value = id;
    form.append(input);
  }
  function file(form) { window.htmx.trigger(form, "photo:taken"); }  // the server puts what it has in the square
  async function take(form, left) {
    const progress = bar(form);
    square(form).setAttribute("aria-busy", "true");
    while (left.length) {
      const words = left.length > 1 ? "还有 " + left.length + " 张，" : "";
      say(form, words + "正在压缩…");
      try {
        const stored = await photos.send(left[0], (part) => { progress.value = Math.round(part * 100); say(form, words + (part < 1 ? "上传 " + progress.value + "%" : "快好了…")); });
        put(form, stored.id); left.shift();
      } catch (problem) {
        progress.value = 0; square(form).removeAttribute("aria-busy");
        say(form, problem.message, () => take(form, left));
        return;
      }
    }
    file(form);
  }
  document.addEventListener("change", (event) => {
    const input = event.target, form = input.form;
    if (!form || form.dataset.sendAtOnce === undefined || input.type !== "file" || !input.files.length) return;
    const files = Array.from(input.files);
    input.value = "";
    take(form, files);
  });
  function refused(event, text) {
    const form = event.target;
    if (!form.dataset || form.dataset.sendAtOnce === undefined) return;
    square(form).removeAttribute("aria-busy");
    say(form, text, () => file(form));
  }
  document.addEventListener("htmx:sendError", (event) => { refused(event, "没有登记上，请看看信号，再点“重试”。"); });
  document.addEventListener("htmx:responseError", (event) => { refused(event, "没有登记上，请再点“重试”；仍不行请刷新页面。"); });

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
