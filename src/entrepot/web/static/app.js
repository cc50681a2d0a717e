/* The frame: CSRF for htmx, toasts, menus, search keys. No inline handlers anywhere; words come from data- attributes. */
"use strict";
(() => {
  const token = () => document.querySelector("meta[name=csrf-token]").content;
  const typing = (node) => node instanceof HTMLElement && (node.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName)) && !/^(checkbox|radio|button)$/.test(node.type);
  const E = (window.Entrepot = { token, typing });

  E.toast = (text, kind = "") => {
    const box = document.createElement("div");
    box.className = `toast ${kind}`;
    box.textContent = text;
    document.getElementById("toasts").append(box);
    setTimeout(() => box.remove(), kind === "error" ? 8000 : 3000);
  };
  E.copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea"); // no clipboard right on plain http: the old way
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    E.toast(document.body.dataset.copied);
  };

  document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRFToken"] = token(); });
  for (const name of ["htmx:sendError", "htmx:responseError"])
    document.addEventListener(name, () => E.toast(document.body.dataset.failed, "error"));

  document.addEventListener("click", (event) => {
    const at = event.target.closest.bind(event.target);
    for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
    const chosen = at(".menu-list a");
    if (chosen) chosen.closest("details").open = false;
    if (at("[data-close]")) at(".toast, .win, .closable")?.remove();
    if (at("[data-close-dialog]")) at("dialog")?.close();
    if (at("[data-show-keys]")) document.getElementById("keys").showModal();
    const copy = at("[data-copy]");
    if (copy) { event.preventDefault(); E.copy(copy.dataset.copy); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const open of document.querySelectorAll("details.menu[open]")) { open.open = false; open.querySelector("summary").focus(); }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "/") { event.preventDefault(); document.getElementById("search-input")?.focus(); }
    if (event.key === "?") { event.preventDefault(); document.getElementById("keys").showModal(); }
  });

  /* A form with data-confirm is sent after a yes. The button that was pressed names the act. */
  let sure = null;
  const said = (button) => button.textContent.replace("…", "").trim();
  document.addEventListener("submit", (event) => {
    const words = event.target.dataset.confirm, button = event.submitter;
    if (!words || sure?.yes) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sure = { form: event.target, button, yes: false };
    const go = document.getElementById("sure-go");
    document.getElementById("sure-title").textContent = go.textContent = said(button);
    document.getElementById("sure-words").textContent = words;
    go.classList.toggle("danger", button.classList.contains("bad"));
    document.getElementById("sure").showModal();
    go.focus();
  }, true);
  document.querySelector("#sure form")?.addEventListener("submit", () => {
    sure.yes = true;
    if (!sure.form.isConnected) { sure.form.hidden = true; document.body.append(sure.form); } // its panel was renewed meanwhile
    sure.form.requestSubmit(sure.button);
    sure = null;
  });

  const box = document.getElementById("search-input");
  box?.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!/[\n\t]/.test(text)) return; // an input would swallow the line breaks and glue the numbers together
    event.preventDefault();
    box.setRangeText(text.trim().split(/[\n\t]+/).map((part) => part.trim()).filter(Boolean).join(", "), box.selectionStart, box.selectionEnd, "end");
  });
  document.getElementById("search")?.addEventListener("submit", (event) => {
    if (box.value.length < 1500) return; // longer than an address line may be: sent as a form
    event.target.method = "post";
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "csrfmiddlewaretoken", value: token() });
    event.target.append(field);
  });
  setTimeout(() => document.querySelectorAll("#toasts .toast:not(.error)").forEach((toast) => toast.remove()), 5000);
})();
