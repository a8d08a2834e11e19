// Native dialogs: opened by data-dialog, closed by data-close, and the question before a grave deed.

import { invokerOf } from "./menus.js";

/** Open, close, and give the focus back to what opened. */
export function watchDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener && opener.getAttribute("aria-disabled") !== "true") {
      openDialog(document.getElementById(opener.dataset.dialog), opener);
      event.preventDefault();
      return;
    }
    const closer = event.target.closest("dialog [data-close]");
    if (closer) {
      closer.closest("dialog").close(closer.value || "");
      event.preventDefault();
    }
  });
  document.addEventListener("click", askFirst, true);
  document.addEventListener("mousedown", closeFromVeil);
  // A dialog with an error comes back open from the server.
  for (const dialog of document.querySelectorAll("dialog[data-open]")) openDialog(dialog, null);
  document.addEventListener("htmx:afterSettle", (event) => {
    for (const dialog of event.target.querySelectorAll?.("dialog[data-open]:not([open])") ?? []) openDialog(dialog, null);
  });
}

/** Show modally; focus on what is marked autofocus; come back to `opener` afterwards. */
export function openDialog(dialog, opener) {
  if (!dialog || dialog.open) return;
  const menu = opener?.closest("[popover]"); // an item of a menu is gone by then, its button is not
  const back = menu ? invokerOf(menu) : opener;
  dialog.showModal();
  dialog.querySelector("[data-takes-focus]")?.focus();
  dialog.addEventListener("close", () => back?.isConnected && back.focus(), { once: true });
}

/** A press beside the dialog closes it, unless it holds a form with something typed. */
function closeFromVeil(event) {
  const dialog = event.target;
  if (!(dialog instanceof HTMLDialogElement) || !dialog.open || dialog.dataset.keep !== undefined) return;
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside && !dialog.querySelector("form")) dialog.close();
}

/** data-confirm: hold the press back, ask, and press again once it is confirmed. */
function askFirst(event) {
  const deed = event.target.closest?.("[data-confirm]");
  if (!deed || deed.getAttribute("aria-disabled") === "true") return;
  if (deed.dataset.confirmed !== undefined) {
    delete deed.dataset.confirmed;
    return;
  }
  const dialog = document.getElementById("confirm");
  if (!dialog) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const name = deed.dataset.confirmGo || deed.textContent.trim().replace(/…$/, "");
  dialog.querySelector("[data-confirm-title]").textContent = deed.dataset.confirmTitle || `${name}?`;
  dialog.querySelector("[data-confirm-text]").textContent = deed.dataset.confirm;
  const go = dialog.querySelector("[data-confirm-yes]");
  go.textContent = name;
  go.classList.toggle("btn--bad", deed.classList.contains("btn--bad") || deed.classList.contains("menu-item--bad"));
  go.classList.toggle("btn--go", !go.classList.contains("btn--bad"));
  dialog.returnValue = "";
  openDialog(dialog, deed);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    deed.dataset.confirmed = "";
    deed.click();
  }, { once: true });
}
