// What a camera wrote into a JPEG: when and where it was taken. Read before a photo is made smaller, which loses it.
(function () {
  "use strict";
  const HEAD = 256 * 1024;  // metadata stands at the beginning; nobody needs the whole photo for it
  const ORIGINAL = 0x9003, OFFSET = 0x9011, EXIF = 0x8769, GPS = 0x8825;

  // The fields of one directory: tag -> function that reads its value. `base` is where the TIFF header begins.
  function directory(view, base, at, little) {
    const fields = new Map();
    if (base + at + 2 > view.byteLength) return fields;
    const count = view.getUint16(base + at, little);
    for (let index = 0; index < count; index++) {
      const entry = base + at + 2 + index * 12;
      if (entry + 12 > view.byteLength) break;
      fields.set(view.getUint16(entry, little), { type: view.getUint16(entry + 2, little), count: view.getUint32(entry + 4, little), at: entry + 8 });
    }
    return fields;
  }
  function reader(view, base, little) {
    const place = (field, size) => (field.count * size > 4 ? base + view.getUint32(field.at, little) : field.at);
    return {
      number: (field) => (field ? view.getUint32(field.at, little) : 0),
      text(field) {
        if (!field || field.type !== 2) return "";
        const start = place(field, 1);
        let text = "";
        for (let at = start; at < start + field.count; at++) { const code = view.getUint8(at); if (code) text += String.fromCharCode(code); }
        return text.trim();
      },
      degrees(field, negative) {
        if (!field || field.type !== 5 || field.count !== 3) return null;
        const start = place(field, 8);
        const part = (index) => view.getUint32(start + index * 8, little) / (view.getUint32(start + index * 8 + 4, little) || NaN);
        const value = part(0) + part(1) / 60 + part(2) / 3600;
        return Number.isFinite(value) ? (negative ? -value : value) : null;
      },
    };
  }
  function tiff(view, base) {
    const little = view.getUint16(base) === 0x4949, read = reader(view, base, little);
    const first = directory(view, base, view.getUint32(base + 4, little), little);
    const details = first.has(EXIF) ? directory(view, base, read.number(first.get(EXIF)), little) : new Map();
    const gps = first.has(GPS) ? directory(view, base, read.number(first.get(GPS)), little) : new Map();
    const taken = read.text(details.get(ORIGINAL)), zone = read.text(details.get(OFFSET));
    const latitude = read.degrees(gps.get(2), read.text(gps.get(1)) === "S"), longitude = read.degrees(gps.get(4), read.text(gps.get(3)) === "W");
    return {
      takenAt: /^\d{4}:\d\d:\d\d \d\d:\d\d:\d\d/.test(taken) ? taken.slice(0, 10).replace(/:/g, "-") + "T" + taken.slice(11, 19) + (/^[+-]\d\d:\d\d$/.test(zone) ? zone : "") : "",
      position: latitude !== null && longitude !== null ? latitude.toFixed(6) + "," + longitude.toFixed(6) : "",
    };
  }
  async function readExif(file) {
    const nothing = { takenAt: "", position: "" };
    try {
      const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
      if (view.getUint16(0) !== 0xffd8) return nothing;
      for (let at = 2; at + 10 < view.byteLength && view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
        if (view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === 0x45786966) return tiff(view, at + 10);
      }
    } catch (error) { /* cut off or built in another way: the server reads what it can */ }
    return nothing;
  }
  window.anju.readExif = readExif;
})();
