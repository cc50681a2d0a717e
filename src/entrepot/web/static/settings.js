/* Set-up pages: files dropped or chosen are sent at once; hidden rows appear when asked for. */
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
    addEventListener("pageshow", () => zone.classList.remove("busy"));
  }
  document.addEventListener("click", (event) => {
    const show = event.target.closest("[data-show]");
    const add = event.target.closest("[data-add-part]");
    if (add) {
      const parts = add.closest("form").querySelector(".parts");
      const part = parts.firstElementChild.cloneNode(true);
      part.querySelector("[name=sku]").value = "";
      part.querySelector("[name=pieces]").value = 1;
      parts.append(part);
      part.querySelector("[name=sku]").focus();
    }
    if (show) { for (const hidden of document.querySelectorAll(show.dataset.show)) hidden.hidden = false; show.remove(); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.dataset.href) { event.stopImmediatePropagation(); location.assign(event.target.dataset.href); }
  }, true);
  let asked = 0;
  document.addEventListener("input", (event) => {
    const { suggest } = event.target.dataset;
    if (!suggest) return;
    clearTimeout(asked);
    asked = setTimeout(async () => {
      const answer = await fetch(`${suggest}?q=${encodeURIComponent(event.target.value)}`);
      if (!answer.ok) return;
      const { skus } = await answer.json();
      document.getElementById("sku-options").replaceChildren(...skus.map(({ code, name }) => Object.assign(document.createElement("option"), { value: code, textContent: name })));
    }, 180);
  });
})();
