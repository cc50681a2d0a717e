/* The desk: selection, keys, the row menu, dialogs, the drawer. Words come from data- attributes. */
"use strict";
(() => {
  const E = window.Entrepot;
  const $ = (id) => document.getElementById(id);
  const picked = new Map(); // id -> name
  let kept = false; // the selection, or the current row, has outlived an act: it was not made for the next one
  let all = false, anchor = null, current = null, asked = null;
  let made = ""; // the last batch that this page asked for: only that one is undone without a question

  const rows = () => [...document.querySelectorAll("#grid tbody tr[data-id]")];
  const total = () => Number($("desk")?.dataset.total || 0);
  const words = (text, n) => text.replace("{n}", n.toLocaleString("en"));
  const acts = () => [...document.querySelectorAll("#bulk [data-act]")];

  /* ---- selection ---- */
  const paint = () => {
    kept = kept && (picked.size > 0 || current !== null);
    for (const row of rows()) {
      const on = all || picked.has(row.dataset.id);
      row.classList.toggle("sel", on);
      row.querySelector("input[type=checkbox]").checked = on;
      row.classList.toggle("cur", row === current);
    }
    const n = all ? total() : picked.size, bar = document.querySelector("#bulk .picked");
    if (bar) {
      const label = bar.querySelector("[data-picked]");
      label.textContent = words(all ? label.dataset.wordsAll : label.dataset.words, n);
      bar.hidden = n === 0;
      document.querySelector("#bulk .pages").hidden = n > 0;
      bar.querySelector("[data-all]").hidden = all || total() <= picked.size || total() > 20000;
    }
    const head = document.querySelector("[data-check-all]");
    if (head) {
      const here = rows();
      head.checked = here.length > 0 && here.every((row) => all || picked.has(row.dataset.id));
      head.indeterminate = !head.checked && n > 0;
    }
    for (const button of document.querySelectorAll("#bulk [data-act], #bulk [data-more]")) button.disabled = n === 0 && !current;
    fit();
  };
  /* The bar folds by the room it has: first its trimmings, then the acts least used go into the menu; the last act never. */
  const fit = () => {
    const bar = $("bulk"), more = bar?.querySelector("[data-more]");
    if (!more) return;
    const buttons = acts(), last = buttons.pop();
    const over = () => bar.scrollWidth > bar.clientWidth;
    bar.classList.remove("tight");
    more.hidden = true;
    for (const one of [...buttons, last]) one.classList.remove("folded");
    if (!over()) return;
    bar.classList.add("tight");
    if (!over()) return;
    more.hidden = false;
    const keyed = (one) => Number(one.dataset.key !== "");
    for (const one of buttons.sort((a, b) => keyed(a) - keyed(b))) { if (!over()) break; one.classList.add("folded"); }
  };
  const room = document.querySelector(".workspace");
  if (room) new ResizeObserver(fit).observe(room);
  const set = (row, on) => {
    kept = kept && picked.size > 0; // a selection that begins now is made for what comes
    if (on) picked.set(row.dataset.id, row.dataset.name); else picked.delete(row.dataset.id);
  };
  const pick = (row, on, range) => {
    if (all) { all = false; for (const one of rows()) set(one, true); }
    const list = rows(), from = list.indexOf(anchor), to = list.indexOf(row);
    if (range && from >= 0) for (const one of list.slice(Math.min(from, to), Math.max(from, to) + 1)) set(one, on);
    else set(row, on);
    anchor = row;
    paint();
  };
  const clear = () => { picked.clear(); all = false; paint(); };
  const go = (row) => { kept = kept && picked.size > 0; current = row; row?.scrollIntoView({ block: "nearest" }); paint(); };
  const step = (by) => {
    const list = rows();
    if (list.length) go(list[Math.max(0, Math.min(list.length - 1, list.indexOf(current) + by))]);
  };

  /* ---- the drawer ---- */
  const drawer = $("drawer");
  const storyHref = () => drawer?.querySelector(".story")?.dataset.href || null;
  let shown = storyHref(); // what the drawer shows or is to show: what comes for another one comes too late
  let coming = null; // set while that was opened and is not there yet: what to do then
  const load = (href) => { shown = href; htmx.ajax("GET", href, { source: drawer, target: drawer, swap: "innerHTML" }).catch(() => {}); };
  const open = (href, then = () => {}) => {
    drawer.hidden = false;
    document.body.classList.add("with-drawer");
    coming = then;
    load(href);
  };
  const opened = () => {
    shown = storyHref();
    if (!coming) return;
    const then = coming;
    coming = null;
    drawer.scrollTop = 0;
    then();
  };
  const close = () => {
    if (!drawer || drawer.hidden || drawer.classList.contains("standing")) return false;
    shown = coming = null;
    drawer.hidden = true;
    drawer.replaceChildren();
    document.body.classList.remove("with-drawer");
    return true;
  };
  const link = (row) => row.querySelector("a.no").getAttribute("href");

  /* ---- acting ---- */
  const uuid = () => {
    const b = crypto.getRandomValues(new Uint8Array(16)); // randomUUID needs https; this does not
    b[6] = (b[6] & 15) | 64;
    b[8] = (b[8] & 63) | 128;
    const h = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
    return [h.slice(0, 8), h.slice(8, 12), h.slice(12, 16), h.slice(16, 20), h.slice(20)].join("-");
  };
  document.addEventListener("htmx:configRequest", ({ detail }) => { if (drawer?.contains(detail.elt)) made = detail.parameters.uuid || made; });
  /* What is answered in the window goes out one by one, in the order it was asked for: nothing is dropped for what comes after it. */
  let line = Promise.resolve(), last = "", unsent = 0;
  const queue = (verb, url, values = {}, more = {}) => {
    const asks = JSON.stringify([verb, url, values]);
    if (asks === last) return false; // pressed twice, and not answered yet
    last = asks;
    unsent += 1;
    line = line.then(() => {
      unsent -= 1;
      return htmx.ajax(verb, url, { source: "#window", target: "#window", swap: "innerHTML", values: { ...values, ...more } });
    }).catch(() => {}).then(() => { if (last === asks) last = ""; });
    return true;
  };
  addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); }); // the browser asks before they are lost
  const targets = () => {
    if (all) return { all: true, count: total(), ids: [], name: "" };
    const list = picked.size ? [...picked] : current ? [[current.dataset.id, current.dataset.name]] : [];
    const order = new Map(rows().map((row, n) => [row.dataset.id, n]));
    list.sort((a, b) => order.get(a[0]) - order.get(b[0])); // in list order: labels come out as the list stands
    return { all: false, count: list.length, ids: list.map((one) => one[0]), name: list.length === 1 ? list[0][1] : "" };
  };
  const send = (url, target, more = {}) => {
    const query = $("desk")?.dataset.query || "", id = uuid();
    const values = { ...(target.all ? { all: "1", expected: target.count } : { ids: target.ids.join(",") }), ...more };
    if (!queue("POST", url + (query === "?" ? "" : query), values, { uuid: id })) return;
    made = id;
    kept = true;
  };
  const ask = (button, target, subject) => {
    const form = $("ask-form"), kind = button.dataset.dialog || "confirm", count = $("ask-count").dataset;
    asked = { button, target };
    form.reset();
    $("ask-title").textContent = button.dataset.name;
    $("ask-go").textContent = button.dataset.name;
    $("ask-go").classList.toggle("danger", button.classList.contains("bad"));
    $("ask-count").textContent = target.all ? words(count.all, target.count)
      : target.count === 1 ? (subject === "order" ? count.order : count.parcel).replace("{name}", target.name)
      : words(subject === "order" ? count.orders : count.parcels, target.count);
    $("ask-note").textContent = button.dataset.note || "";
    $("ask-note").hidden = !button.dataset.note;
    for (const part of form.querySelectorAll("[data-for]")) {
      part.hidden = part.dataset.for !== kind;
      for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = part.hidden;
    }
    $("ask").showModal();
    const typed = kind === "waybill" && $("ask-numbers").dataset.typedOnly === "1";
    (typed ? $("ask-numbers") : form.querySelector("[data-for]:not([hidden]) [name=reason]") || $("ask-go")).focus();
  };
  const act = (button, target, subject, byKey = false) => {
    if (!target.count || button.disabled && !target.name) return;
    const unasked = byKey && kept && button.dataset.act === "ship"; // one key must not ship what was selected for printing
    if (button.dataset.dialog || target.all || unasked) ask(button, target, subject);
    else send(button.dataset.url, target);
  };
  $("ask-form")?.addEventListener("submit", () => {
    const form = new FormData($("ask-form"));
    send(asked.button.dataset.url, asked.target, Object.fromEntries([...form].filter(([, value]) => value !== "")));
  });
  $("ask-numbers")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || asked.target.count === 1)) return; // one number needs no second line
    event.preventDefault();
    $("ask-form").requestSubmit();
  });
  const undo = () => { if ($("desk")?.dataset.undo) queue("POST", $("desk").dataset.undo, { made }); };
  const subjectOf = () => $("desk")?.dataset.subject;

  /* ---- what an act changed is renewed; what the user is at stays ---- */
  let renewals = Promise.resolve(), waits = false, before = null;
  const renew = () => {
    if (waits) return; // the one that has not gone out yet shows this too
    waits = true;
    renewals = renewals.then(() => { waits = false; return htmx.ajax("GET", location.href, { target: "#desk", swap: "outerHTML" }); }).catch(() => {});
  };
  const changed = () => {
    if ($("desk") && "total" in $("desk").dataset) renew();
    if (shown) load(shown);
  };
  document.body.addEventListener("desk-changed", (event) => {
    event.target.closest("#address form")?.setAttribute("data-saved", "");
    changed();
  });
  const replacing = () => {
    const menu = $("desk").querySelector("details.menu[open]");
    before = { top: $("grid").scrollTop, had: total(), menu, focus: document.activeElement };
    menu?.remove(); // in one piece, with what was ticked in it
  };
  const renewed = ({ top, had, menu, focus }) => {
    const here = new Map(rows().map((row) => [row.dataset.id, row])); // what is still listed stays selected: labels, then pick list, then ship
    for (const id of [...picked.keys()]) if (!here.has(id)) picked.delete(id);
    if (all && total() !== had) { all = false; picked.clear(); }
    current = here.get(current?.dataset.id) || null;
    anchor = here.get(anchor?.dataset.id) || null;
    $("grid").scrollTop = top;
    const word = (one) => one.querySelector("summary").textContent;
    const same = menu && [...$("desk").querySelectorAll("details.menu")].find((one) => word(one) === word(menu));
    if (!same) return;
    same.replaceWith(menu);
    if (menu.contains(focus)) focus.focus();
  };
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt, path } = detail.requestConfig;
    if (detail.shouldSwap && detail.target.id === "desk") replacing();
    if (!elt.isConnected && detail.xhr.getResponseHeader("HX-Trigger")) changed(); // its event, from what is gone, reaches nobody
    if (!drawer?.contains(detail.target)) return;
    const late = !elt.isConnected || path !== shown && (elt === drawer || coming);
    const typed = elt === drawer && path === storyHref() && drawer.querySelector("#address form:not([data-saved]), [data-edit-address].htmx-request");
    if (late || typed) detail.shouldSwap = false;
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target === drawer) opened();
    const fresh = event.target.id === "desk";
    if (fresh) renewed(before);
    if (fresh || picked.size || all) paint(); // settling gives rows their first attributes back
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "window") return;
    event.target.querySelector("dialog[data-modal]")?.showModal();
    if (!E.typing(document.activeElement)) event.target.querySelector("[data-focus]")?.focus();
  });

  /* ---- the menu of a row: right click, Shift+F10 ---- */
  const ctx = $("ctx");
  const menu = (row, x, y) => {
    const mine = row && !all && !picked.has(row.dataset.id);
    const target = mine ? { all: false, count: 1, ids: [row.dataset.id], name: row.dataset.name } : targets();
    const item = (text, run, key, bad) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text, className: bad ? "danger" : "" });
      button.setAttribute("role", "menuitem");
      if (key) button.append(Object.assign(document.createElement("span"), { className: "kbd", textContent: key }));
      button.addEventListener("click", () => { hide(); run(); });
      return button;
    };
    const note = Object.assign(document.createElement("div"), { className: "menu-note", textContent: mine ? row.dataset.name : words(ctx.dataset.many, target.count) });
    ctx.replaceChildren(note,
      ...(row ? [item(ctx.dataset.open, () => open(link(row)), "↵")] : []),
      ...acts().reverse().map((button) => item(button.dataset.name + (button.dataset.dialog ? "…" : ""), () => act(button, target, subjectOf()), button.dataset.key, button.classList.contains("bad"))),
      ...(row ? [item(ctx.dataset.copyWord, () => E.copy(row.dataset.name))] : []));
    ctx.hidden = false;
    ctx.style.left = `${Math.min(x, innerWidth - ctx.offsetWidth - 8)}px`;
    ctx.style.top = `${Math.min(y, innerHeight - ctx.offsetHeight - 8)}px`;
    ctx.querySelector("button").focus();
    if (row) { current = row; paint(); }
  };
  const hide = () => { if (ctx) ctx.hidden = true; };

  /* ---- events ---- */
  document.addEventListener("click", (event) => {
    const at = event.target.closest.bind(event.target);
    if (!at("#ctx")) hide();
    const more = at("[data-more]");
    if (more) { const box = more.getBoundingClientRect(); menu(all || picked.size ? null : current, box.left, box.top - 300); return; }
    const box = at("tbody td.c");
    if (box) {
      const row = box.parentElement, input = box.querySelector("input");
      const on = event.target === input ? input.checked : !picked.has(row.dataset.id);
      pick(row, on, event.shiftKey);
      go(row);
      return;
    }
    if (at("[data-check-all]")) { const on = at("[data-check-all]").checked; all = false; for (const row of rows()) set(row, on); paint(); return; }
    if (at("[data-all]")) { all = true; paint(); return; }
    if (at("[data-none]")) { clear(); return; }
    if (at("[data-undo-last]")) { undo(); return; }
    if (at("[data-close-drawer]")) { if (!close()) history.length > 1 ? history.back() : location.assign("/"); return; }
    const button = at("[data-act]");
    if (button) {
      const story = button.closest(".story");
      const orders = button.closest("[data-of-orders]")?.dataset; // a parcel's drawer acts on its orders here
      const parcels = button.closest("[data-of-parcels]")?.dataset.ofParcels.split(","); // an order's drawer acts on parcels here
      if (orders) act(button, { all: false, count: 1, ids: [orders.ofOrders], name: orders.ofName }, "order");
      else if (parcels) act(button, { all: false, count: parcels.length, ids: parcels, name: `P-${parcels[0]}` }, "parcel");
      else if (story) act(button, { all: false, count: 1, ids: [story.dataset.id], name: story.dataset.name }, story.dataset.subject);
      else act(button, targets(), subjectOf());
      return;
    }
    const number = at("a.no, a[data-window]");
    if (number && !event.ctrlKey && !event.metaKey && event.button === 0 && drawer && !drawer.classList.contains("standing")) {
      if (number.matches("[data-window]")) { event.preventDefault(); queue("GET", number.getAttribute("href")); return; }
      if (!number.closest("#grid, #drawer, #window")) return;
      event.preventDefault();
      const row = number.closest("tr[data-id]");
      if (row) go(row);
      open(number.getAttribute("href"));
      return;
    }
    const row = at("#grid tbody tr[data-id]");
    if (row) {
      if (event.shiftKey) { getSelection().removeAllRanges(); pick(row, true, true); }
      go(row);
      if (drawer && !drawer.hidden && !event.shiftKey) open(link(row)); // an open drawer follows the row
    }
  });
  document.addEventListener("dblclick", (event) => {
    const row = event.target.closest("#grid tbody tr[data-id]");
    if (row && !event.target.closest("td.c, a")) { getSelection().removeAllRanges(); open(link(row)); }
  });
  document.addEventListener("contextmenu", (event) => {
    const row = event.target.closest("#grid tbody tr[data-id]");
    if (!row || event.shiftKey) return; // Shift keeps the browser's own menu
    event.preventDefault();
    menu(row, event.clientX, event.clientY);
  });
  const keys = {
    j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    x: (event) => { if (current) pick(current, event.shiftKey || !picked.has(current.dataset.id), event.shiftKey); },
    Enter: () => { if (current) open(link(current)); },
    u: undo,
    e: () => { // the order of the standing or open drawer, else of the current row
      const edit = () => drawer?.querySelector("[data-edit-address]")?.click();
      if (coming) open(shown, edit);
      else if (shown) edit();
      else if (current && subjectOf() === "order") open(link(current), edit);
    },
  };
  document.addEventListener("keydown", (event) => {
    if (ctx && !ctx.hidden) {
      const items = [...ctx.querySelectorAll("button")], at = items.indexOf(document.activeElement);
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by) { event.preventDefault(); items[(at + by + items.length) % items.length].focus(); }
      if (event.key === "Escape") { event.preventDefault(); hide(); }
      return;
    }
    if (event.key === "Escape" && event.target.closest("#address form")) { event.target.closest("form").querySelector("[data-leave]").click(); return; }
    if (document.querySelector("dialog[open]") || E.typing(event.target)) return;
    if (event.key === "F10" && event.shiftKey || event.key === "ContextMenu") {
      const row = current || rows()[0];
      if (!row) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      menu(row, box.left + 60, box.top + 24);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const open = document.querySelector("#window .win");
      if (open) open.remove();
      else if (!close()) clear();
      return;
    }
    if (/^(Enter| )$/.test(event.key) && event.target.closest("a, button, summary")) return;
    const run = keys[event.key] || keys[event.key.toLowerCase()];
    if (run) { event.preventDefault(); run(event); return; }
    const button = !event.shiftKey && !event.repeat && acts().find((one) => one.dataset.key === event.key);
    if (button) { event.preventDefault(); act(button, targets(), subjectOf(), true); }
  });

  /* ---- filter menus: choices are loaded when opened and applied when closed ---- */
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details[data-filter]")) return;
    const state = () => [...menu.querySelectorAll("input")].map((input) => (input.type === "checkbox" ? input.checked : input.value)).join();
    if (menu.open) {
      for (const other of document.querySelectorAll("details.menu[open]")) if (other !== menu) other.open = false;
      if (menu.dataset.load) {
        htmx.ajax("GET", menu.dataset.load, { source: menu, target: menu.querySelector(".menu-list"), swap: "innerHTML" }).then(() => { menu.dataset.before = state(); });
        delete menu.dataset.load;
      }
      menu.dataset.before = state();
    } else if (menu.dataset.before !== state()) menu.closest("form").requestSubmit();
  }, true);

  document.querySelector(".tabs .on")?.scrollIntoView({ inline: "center", block: "nearest" });
  if ($("grid")?.dataset.open) open($("grid").dataset.open);
  paint();
})();
