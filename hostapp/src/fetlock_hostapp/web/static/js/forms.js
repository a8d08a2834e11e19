// Forms: one summary of errors instead of bubbles, busy buttons, a guard on what is not saved.

// An answer that leaves the page as it is (a file) tells nothing: then the form rests again by itself.
const LONGEST = 20000;

/** Wire every form by events that bubble, so that swapped-in forms need nothing more. */
export function watchForms() {
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("submit", becomeBusy);
  document.addEventListener("input", (event) => showDirty(event.target.form));
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit]")) event.target.form?.requestSubmit();
  });
  document.addEventListener("reset", (event) => setTimeout(() => showDirty(event.target)));
  document.addEventListener("htmx:afterRequest", (event) => restForm(event.target.closest?.("form") ?? event.detail.elt?.closest?.("form")));
  document.addEventListener("htmx:load", (event) => prepare(event.target));
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(restForm));
  addEventListener("beforeunload", guard);
  prepare(document);
  document.querySelector("[data-takes-focus]")?.focus();
}

/** The server checks and answers with one summary; the browser's bubbles would hide it. */
function prepare(root) {
  const forms = root.matches?.("form") ? [root] : root.querySelectorAll?.("form") ?? [];
  for (const form of forms) {
    form.noValidate = !("native" in form.dataset);
    if ("guard" in form.dataset && !form.dataset.was) form.dataset.was = snapshot(form);
  }
}

/** One press, one request. */
function onSubmit(event) {
  if (event.target.dataset.sent !== undefined) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

/** The pressed button says that it works; it keeps its name and value in what is sent. */
function becomeBusy(event) {
  const form = event.target;
  if (event.defaultPrevented && !form.closest("[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-get]")) return;
  if (form.method !== "post" && !event.defaultPrevented) return;
  if (form.target === "_blank" || "many" in form.dataset) return;
  form.dataset.sent = "";
  setTimeout(() => restForm(form), LONGEST);
  const button = event.submitter ?? form.querySelector("button:not([type=button]), input[type=submit]");
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  if (button.dataset.busy) {
    button.dataset.rest = button.textContent;
    setTimeout(() => { if (button.hasAttribute("aria-busy")) button.textContent = button.dataset.busy; }, 300);
  }
}

/** After the answer, or back from the history: as before the press. */
function restForm(form) {
  if (!form || form.dataset.sent === undefined) return;
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    if (button.dataset.rest) button.textContent = button.dataset.rest;
  }
}

/** What the form holds, as one text. Files count by name. */
function snapshot(form) {
  return JSON.stringify([...new FormData(form)].map(([name, value]) => [name, value.name ?? value]));
}

/** How many fields differ from when the form came. */
function changes(form) {
  const was = JSON.parse(form.dataset.was);
  const now = JSON.parse(snapshot(form));
  const text = (pairs) => {
    const byName = new Map();
    for (const [name, value] of pairs) byName.set(name, `${byName.get(name) ?? ""}\n${value}`);
    return byName;
  };
  const before = text(was);
  const after = text(now);
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).length;
}

/** "Not saved: 2 changes", in the form's own place for it. */
function showDirty(form) {
  if (!form?.dataset?.was) return;
  const place = form.querySelector("[data-dirty]");
  if (!place) return;
  const count = changes(form);
  place.hidden = count === 0;
  const words = place.querySelector("[data-dirty-text]") ?? place;
  words.textContent = `Not saved: ${count} ${count === 1 ? "change" : "changes"}`;
}

/** Leaving with something typed and not sent asks first. */
function guard(event) {
  for (const form of document.querySelectorAll("form[data-guard]")) {
    if (form.dataset.sent === undefined && form.dataset.was && changes(form) > 0) event.preventDefault();
  }
}
