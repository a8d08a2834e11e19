// Speaks to screen readers through the page's one polite status region.

/** Say `text` once. A repeated text is spoken again. */
export function announce(text) {
  const region = document.getElementById("live");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50);
}
