// The one search: "/" goes there, arrows walk the results, Enter opens, Escape closes.

import { announce } from "./announce.js";

/** Wire the search box of the bar, a combobox with a list of links. */
export function watchSearch() {
  const input = document.querySelector(".find input[type=search]");
  const pop = document.getElementById("find-pop");
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && input && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target)) {
      input.focus();
      input.select();
      event.preventDefault();
    }
  });
  if (!input || !pop) return;
  input.addEventListener("keydown", (event) => onKey(event, input, pop));
  input.addEventListener("focus", () => show(input, pop));
  input.addEventListener("input", () => { if (!input.value.trim()) hide(input, pop); });
  pop.addEventListener("htmx:afterSwap", () => { choose(input, pop, -1); show(input, pop); speak(pop); });
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".find")) hide(input, pop); });
  document.addEventListener("focusin", (event) => { if (!event.target.closest(".find")) hide(input, pop); });
  pop.addEventListener("focusout", () => setTimeout(() => { if (!document.activeElement.closest(".find")) hide(input, pop); }));
}

const options = (pop) => [...pop.querySelectorAll('[role="option"]')];
const isTyping = (element) => element.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function onKey(event, input, pop) {
  const list = options(pop);
  const at = list.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape" && !pop.hidden) {
    hide(input, pop);
    event.preventDefault();
  } else if (event.key === "ArrowDown" && list.length) {
    show(input, pop);
    choose(input, pop, (at + 1) % list.length);
    event.preventDefault();
  } else if (event.key === "ArrowUp" && list.length) {
    choose(input, pop, at <= 0 ? list.length - 1 : at - 1);
    event.preventDefault();
  } else if (event.key === "Enter" && at >= 0 && !pop.hidden) {
    list[at].click();
    event.preventDefault();
  }
}

/** Mark option `at` (-1 for none) as the one Enter opens. */
function choose(input, pop, at) {
  options(pop).forEach((option, index) => {
    option.setAttribute("aria-selected", String(index === at));
    if (index === at) option.scrollIntoView({ block: "nearest" });
  });
  const chosen = options(pop)[at];
  if (chosen) input.setAttribute("aria-activedescendant", chosen.id);
  else input.removeAttribute("aria-activedescendant");
}

function show(input, pop) {
  if (!input.value.trim() || !pop.textContent.trim()) return;
  pop.hidden = false;
  input.setAttribute("aria-expanded", "true");
  const list = pop.querySelector('[role="listbox"]');
  if (list) input.setAttribute("aria-controls", list.id);
}

function hide(input, pop) {
  pop.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-controls");
  choose(input, pop, -1);
}

function speak(pop) {
  const count = options(pop).length;
  announce(count === 0 ? "Nothing found" : count === 1 ? "1 result" : `${count} results`);
}
