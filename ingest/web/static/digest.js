"use strict";
// Works out the SHA-256 of a chosen file into the field beside it. The file is read here and sent nowhere.
(() => {
  if (!globalThis.crypto?.subtle) return;
  for (const part of document.querySelectorAll("[data-digest]")) {
    const digits = part.querySelector('input:not([type="file"])');
    const file = part.querySelector('input[type="file"]');
    const note = document.getElementById(file.getAttribute("aria-describedby"));
    file.closest("[hidden]").hidden = false;
    file.addEventListener("change", async () => {
      if (!file.files.length) return;
      try {
        const digest = await crypto.subtle.digest("SHA-256", await file.files[0].arrayBuffer());
        digits.value = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
        note.textContent = "Worked out. The file stays on this computer.";
      } catch {
        note.textContent = "This file cannot be read. Choose it again, or type the digits.";
      }
    });
  }
})();
