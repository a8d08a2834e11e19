// Popover menus: placed under what opened them, walked with the arrow keys.

/** Place each menu as it opens, and let the arrows walk it. */
export function watchMenus() {
  document.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open" && event.target.matches?.(".menu[popover]")) place(event.target, event.source);
  }, true);
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    invokerOf(menu)?.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "open") menu.querySelector("a[href], button")?.focus({ preventScroll: true });
  }, true);
  document.addEventListener("keydown", walk);
  document.addEventListener("click", (event) => {
    const menu = event.target.closest("[popover]");
    if (menu && event.target.closest("[data-close], [data-dialog]")) menu.hidePopover();
  });
}

/** The button that opens this menu. */
export function invokerOf(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

/** Under its button, inside the window; above it where there is no room below. */
function place(menu, source) {
  const button = source ?? invokerOf(menu);
  if (!button) return;
  requestAnimationFrame(() => {
    const anchor = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const fixed = Boolean(button.closest(".appbar"));
    const width = document.documentElement.clientWidth;
    const rightAligned = anchor.left + size.width > width - 12;
    const left = Math.max(12, rightAligned ? Math.min(anchor.right, width - 12) - size.width : anchor.left);
    const below = anchor.bottom + 4;
    const top = below + size.height > innerHeight - 8 && anchor.top > size.height ? anchor.top - size.height - 4 : below;
    menu.style.position = fixed ? "fixed" : "absolute";
    menu.style.inset = "auto";
    menu.style.left = `${left + (fixed ? 0 : scrollX)}px`;
    menu.style.top = `${top + (fixed ? 0 : scrollY)}px`;
  });
}

/** Arrow keys, Home and End move through an open menu. */
function walk(event) {
  const menu = event.target.closest?.(".menu[popover]");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  const items = [...menu.querySelectorAll("a[href], button:not([hidden])")];
  if (!items.length || event.target.matches("input, textarea, select")) return;
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  items.at(to % items.length).focus();
  event.preventDefault();
}
