// Photos: made smaller on the telephone and sent one by one, each with a bar and its own second try. What arrived is kept
// by its number, so that neither a bad signal nor an error elsewhere in the form costs a photo or what was typed.
(function () {
  "use strict";
  const { one, all, token, readExif } = window.anju;
  const LONGEST = 2048, PAPER = 2560, QUALITY = 0.85;
  const SMALL = 1.2 * 1024 * 1024, MOST = 20 * 1024 * 1024, PATIENCE = 120000;
  const NO_SIGNAL = "没有传上去，请看看信号，再点“重试”。";

  // ----- where: asked of the telephone while the photo is taken, where the programme wants it. A picture from the album
  // was taken somewhere else, so the telephone is not asked; a second try to send it keeps the place of the first -----
  const places = new WeakMap(), FRESH = 5 * 60 * 1000;
  const HOW = { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 };
  function here() {
    return new Promise((done) => navigator.geolocation.getCurrentPosition(
      (found) => done(found.coords.latitude.toFixed(6) + "," + found.coords.longitude.toFixed(6)), () => done(""), HOW));
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.hasAttribute("capture") || !input.closest("[data-located]") || !navigator.geolocation) return;
    const asked = here();
    Array.from(input.files).filter((file) => Date.now() - file.lastModified < FRESH).forEach((file) => places.set(file, asked));
  }, true);

  // ----- smaller: the browser turns the picture upright while it draws it -----
  async function drawn(file, longest) {
    const url = URL.createObjectURL(file), picture = new Image();
    try {
      picture.src = url;
      await picture.decode();
      const scale = Math.min(1, longest / Math.max(picture.naturalWidth, picture.naturalHeight));
      if (scale === 1 && file.size <= SMALL) return null;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.naturalWidth * scale); canvas.height = Math.round(picture.naturalHeight * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.imageSmoothingQuality = "high";
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
      canvas.width = canvas.height = 0;  // gives the memory back at once
      return blob && blob.size < file.size ? blob : null;
    } catch (error) {
      return null;  // a kind that this browser cannot draw goes as it is; the server judges it
    } finally {
      URL.revokeObjectURL(url);
    }
  }
  async function smaller(file, longest = LONGEST) {
    const blob = await drawn(file, longest), there = await (places.get(file) || "");
    if (!blob) return { file, takenAt: "", position: there };  // what the file itself says comes first on the server
    const said = await readExif(file);
    said.position = said.position || there;
    return { file: new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }), ...said };
  }

  // ----- sending -----
  function post(ready, progress) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest(), body = new FormData();
      body.append("file", ready.file, ready.file.name);
      body.append("taken_at", ready.takenAt); body.append("position", ready.position);
      request.open("POST", one('meta[name="upload-to"]').content);
      request.setRequestHeader("X-CSRFToken", token());
      request.responseType = "text"; request.timeout = PATIENCE;
      request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) progress(event.loaded / event.total); });
      request.addEventListener("load", () => {
        let answer = null;
        try { answer = JSON.parse(request.responseText); } catch (error) { /* a page, not an answer */ }
        if (request.status === 201 && answer) done(answer);
        else if (answer && answer.error) failed(new Error(answer.error));
        else if (request.status === 413) failed(new Error("照片太大，请换一张（最大 20 MB）。"));
        else if (request.status >= 500) failed(new Error("系统正忙，没有传上去，请稍等再点“重试”。"));
        else failed(new Error("登录可能已过期。请另开一页登录，再回来点“重试”，这里填的内容还在。"));
      });
      ["error", "timeout", "abort"].forEach((name) => request.addEventListener(name, () => failed(new Error(NO_SIGNAL))));
      request.send(body);
    });
  }
  let queue = Promise.resolve();  // one after the other: a weak signal is not shared out
  function send(file, progress = () => {}) {
    const turn = queue.then(async () => {
      const ready = await smaller(file);
      if (ready.file.size > MOST) throw new Error("照片太大，请换一张（最大 20 MB）。");
      return post(ready, progress);
    });
    queue = turn.catch(() => {});
    return turn;
  }

  // ----- one photo in a form: its frame with picture, bar, and what became of it -----
  function element(name, className, text) { const made = document.createElement(name); made.className = className; if (text) made.textContent = text; return made; }
  function button(className, text, act) { const made = element("button", className, text); made.type = "button"; made.addEventListener("click", act); return made; }
  function say(box, text) { const place = one("[data-photo-said]", box.closest(".field") || box); if (place) place.textContent = text; }
  function changed(form) { if (form) form.dispatchEvent(new CustomEvent("photos:changed", { bubbles: true })); }

  function keepInput(frame, name, id) {
    const input = document.createElement("input");
    input.type = "hidden"; input.name = name; input.value = id;
    frame.prepend(input); frame.setAttribute("data-kept", "");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function frameOf(input, file) {
    const box = input.closest("[data-photo]"), frame = element("div", "slot preview"), url = URL.createObjectURL(file);
    if (!("many" in box.dataset)) all(".slot.preview, [data-kept]", box).forEach((old) => old.remove());
    const picture = document.createElement("img"); picture.src = url; picture.alt = file.name;
    picture.addEventListener("load", () => URL.revokeObjectURL(url)); picture.addEventListener("error", () => picture.remove());
    const bar = document.createElement("progress"); bar.max = 100; bar.value = 0; bar.setAttribute("aria-label", "上传进度：" + file.name);
    const state = element("span", "name"); state.setAttribute("aria-live", "polite");
    frame.append(picture, bar, state);
    one("label.slot", box).before(frame);
    return { box, frame, bar, state };
  }
  async function carry(input, file, made) {
    const { box, frame, bar, state } = made;
    frame.dataset.state = "sending"; state.textContent = "正在压缩…"; say(box, "");
    all("button", frame).forEach((old) => old.remove());
    changed(input.form);
    try {
      const stored = await send(file, (part) => { bar.value = Math.round(part * 100); state.textContent = part < 1 ? "上传 " + bar.value + "%" : "快好了…"; });
      if (!frame.isConnected) return;
      frame.dataset.state = "done"; frame.classList.add("filled"); bar.remove(); state.textContent = "已上传";
      keepInput(frame, input.name, stored.id);
      frame.append(button("btn-link kept-drop", "换掉", () => { frame.remove(); changed(input.form); }));
    } catch (problem) {
      if (!frame.isConnected) return;
      frame.dataset.state = "failed"; bar.value = 0; state.textContent = "没传上去"; say(box, problem.message);
      const again = element("span", "again");
      again.append(button("btn btn-primary", "重试", () => { again.remove(); carry(input, file, made); }), button("btn btn-outline", "不要了", () => { frame.remove(); say(box, ""); changed(input.form); }));
      frame.append(again);
    }
    const label = one("label.slot > span", box); if (label) label.textContent = "many" in box.dataset ? "再拍" : "重拍";
    changed(input.form);
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.files.length || !input.closest("[data-photo]")) return;
    const files = Array.from(input.files);
    input.value = "";  // what is on its way is not sent a second time with the form
    files.forEach((file) => carry(input, file, frameOf(input, file)));
  });

  // ----- the form waits for its photos, and does not go without one that failed -----
  function told(form) {
    let place = one("[data-photos-wait]", form);
    if (!place) {
      place = element("p", "field-error"); place.dataset.photosWait = ""; place.setAttribute("role", "alert");
      (one(".form-foot", form) || form).prepend(place);
    }
    return place;
  }
  function release(form) {
    delete form.dataset.waits;
    all("[data-waiting]", form).forEach((waiting) => { waiting.removeAttribute("aria-busy"); waiting.textContent = waiting.dataset.waiting; delete waiting.dataset.waiting; });
  }
  function refuse(form, failed) {
    release(form);
    told(form).textContent = "有 " + failed.length + " 张照片没有传上去，请点“重试”或“不要了”，再提交。";
    failed[0].scrollIntoView({ block: "center" });
    const again = one("button", failed[0]); if (again) again.focus({ preventScroll: true });
  }
  let pressed = null;
  document.addEventListener("submit", (event) => {
    const form = event.target, failed = all('[data-state="failed"]', form), sending = all('[data-state="sending"]', form);
    if (!failed.length && !sending.length) { const place = one("[data-photos-wait]", form); if (place) place.textContent = ""; return; }
    event.preventDefault(); event.stopImmediatePropagation();
    if (failed.length) { refuse(form, failed); return; }
    if (form.dataset.waits) return;
    form.dataset.waits = "1"; pressed = event.submitter;
    if (pressed) { pressed.dataset.waiting = pressed.textContent; pressed.setAttribute("aria-busy", "true"); pressed.textContent = "等照片传完…"; }
  }, true);
  document.addEventListener("photos:changed", (event) => {
    const form = event.target;
    if (!form.dataset.waits) return;
    const failed = all('[data-state="failed"]', form);
    if (failed.length) { refuse(form, failed); return; }
    if (all('[data-state="sending"]', form).length) return;
    release(form);
    form.requestSubmit(pressed && pressed.isConnected ? pressed : undefined);
  });

  // ----- signed papers photographed with a telephone are made smaller where they are chosen -----
  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!matchMedia("(pointer: coarse)").matches || !input.matches || !input.matches("input[type=file][data-file], [data-signature-file]")) return;
    const files = Array.from(input.files);
    if (!files.some((file) => file.type.startsWith("image/") && file.size > SMALL)) return;
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add((await smaller(file, PAPER)).file);
    if (input.files.length === files.length && Array.from(input.files).every((file, place) => file === files[place])) input.files = carrier.files;
  });

  // ----- a draft taken up again shows the photos that the server has -----
  function kept(form) {
    const photos = {};
    all("[data-photo] [data-kept] input[type=hidden]", form).forEach((input) => { (photos[input.name] = photos[input.name] || []).push(input.value); });
    return photos;
  }
  function restore(form, photos) {
    Object.entries(photos || {}).forEach(([name, ids]) => {
      const input = all("[data-photo] input[type=file]", form).find((found) => found.name === name);
      if (!input) return;
      const box = input.closest("[data-photo]"), there = all("[data-kept] input[type=hidden]", box).map((found) => found.value);
      ids.filter((id) => /^\d+$/.test(id) && !there.includes(id)).forEach((id) => {
        const frame = element("div", "slot preview filled"), picture = document.createElement("img");
        frame.dataset.state = "done";
        picture.src = one('meta[name="upload-to"]').content + "/" + id; picture.alt = "已上传的照片";
        picture.addEventListener("error", () => frame.remove());  // used elsewhere meanwhile, or gone
        frame.append(picture, element("span", "name", "已上传"), button("btn-link kept-drop", "换掉", () => { frame.remove(); changed(form); }));
        one("label.slot", box).before(frame);
        keepInput(frame, name, id);
      });
    });
  }
  window.anju.photos = { send, kept, restore };
})();
