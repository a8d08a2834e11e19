// Small controls: disabled ones that explain themselves, disclosure, copy, secrets, keys.

import { announce } from "./announce.js";

export function watchControls() {
  document.addEventListener("click", refuseDisabled, true);
  document.addEventListener("click", (event) => {
    toggle(event.target.closest("[data-toggles]"));
    copy(event.target.closest("[data-copy], [data-copy-from]"));
    replaceSecret(event.target.closest("[data-replace]"));
    event.target.closest("[data-print-page]") && window.print();
  });
  document.addEventListener("keydown", pressByKey);
}

/** A control that can't act stays focusable and says why: its description is spoken. */
function refuseDisabled(event) {
  const control = event.target.closest?.('[aria-disabled="true"]');
  if (!control) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const reason = document.getElementById(control.getAttribute("aria-describedby") ?? "");
  if (reason) announce(reason.textContent.trim());
}

/** Show or hide what aria-controls names. */
function toggle(button) {
  if (!button) return;
  const open = button.getAttribute("aria-expanded") !== "true";
  for (const id of (button.getAttribute("aria-controls") ?? "").split(" ")) {
    const part = document.getElementById(id);
    if (part) part.hidden = !open;
  }
  button.setAttribute("aria-expanded", String(open));
}

/** Put text on the clipboard and say so. */
async function copy(button) {
  if (!button) return;
  const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  try {
    await navigator.clipboard.writeText(source ? source.value ?? source.textContent.trim() : button.dataset.copy);
    announce("Copied");
    button.dataset.copied = "";
    setTimeout(() => delete button.dataset.copied, 2000);
  } catch {
    announce("Copying is not allowed here; select the text and copy it.");
  }
}

/** A stored secret is never shown: Replace opens its field, Keep closes it untouched. */
function replaceSecret(button) {
  if (!button) return;
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const replacing = field.readOnly;
  field.readOnly = !replacing;
  field.value = "";
  field.placeholder = replacing ? "" : field.dataset.dots;
  button.textContent = replacing ? "Keep" : "Replace";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (replacing) field.focus();
}

/** data-refresh-key: that key presses this button instead of doing what the browser would. */
function pressByKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || document.querySelector("dialog[open]")) return;
  const button = document.querySelector(`[data-refresh-key="${CSS.escape(event.key)}"]`);
  if (!button) return;
  event.preventDefault();
  if (button.getAttribute("aria-busy") !== "true") button.click();
}
