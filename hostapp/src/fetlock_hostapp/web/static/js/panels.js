// Side panels fold to their headings where the window has one column.

const narrow = matchMedia("(max-width: 64rem)");

/** Close on narrow windows what a page marks data-fold; also what arrives later. */
export function foldPanels() {
  fold(document);
  document.addEventListener("htmx:load", (event) => fold(event.target));
  narrow.addEventListener("change", () => fold(document));
  addEventListener("beforeprint", () => document.querySelectorAll("details.panel").forEach((panel) => { panel.open = true; }));
}

function fold(root) {
  const panels = root.matches?.("details[data-fold]") ? [root] : root.querySelectorAll?.("details[data-fold]") ?? [];
  for (const panel of panels) panel.open = !narrow.matches;
}
