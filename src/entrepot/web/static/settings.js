/* Set-up pages: files dropped or chosen are sent at once; a row appears when asked for. */
"use strict";
(() => {
  const zone = document.querySelector("[data-drop]");
  if (zone) {
    const input = zone.querySelector("input[type=file]");
    const send = () => { if (input.files.length) { zone.classList.add("busy"); zone.closest("form").requestSubmit(); } };
    input.addEventListener("change", send);
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); input.files = event.dataTransfer.files; send(); });
  }
})();
