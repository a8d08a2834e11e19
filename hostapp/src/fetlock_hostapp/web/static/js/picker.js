// Choosing a product: a combobox whose list comes from the server while one types.
// In a <div data-picker>: a text input, a hidden input marked data-picked, and a .picker-pop for the list.
// Choosing puts the id into the hidden input, fires "picked" on the input, and goes on to the next field.

import { announce } from "./announce.js";

document.addEventListener("input", (event) => {
  const picker = pickerOf(event.target);
  if (!picker) return;
  picker.chosen.value = "";
  if (!picker.input.value.trim()) hide(picker);
});
document.addEventListener("keydown", (event) => {
  const picker = pickerOf(event.target);
  if (picker) onKey(event, picker);
}, true);
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.target.classList?.contains("picker-pop")) return;
  const picker = pickerOf(event.target.closest("[data-picker]").querySelector("[role=combobox]"));
  if (document.activeElement !== picker.input || picker.chosen.value) return hide(picker);
  show(picker);
  choose(picker, options(picker).length ? 0 : -1);
  speak(picker);
});
// mousedown, not click: the input keeps the focus, so nothing is hidden before the choice is taken
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest(".picker-pop [role=option]");
  if (!option) return;
  event.preventDefault();
  pick(pickerOf(option.closest("[data-picker]").querySelector("[role=combobox]")), option);
});
document.addEventListener("focusout", (event) => {
  const picker = pickerOf(event.target);
  if (picker) hide(picker);
});

/** The parts of the picker around its input, or null. */
function pickerOf(input) {
  const root = input?.matches?.("[data-picker] [role=combobox]") ? input.closest("[data-picker]") : null;
  return root && { root, input, chosen: root.querySelector("[data-picked]"), pop: root.querySelector(".picker-pop") };
}

const options = (picker) => [...picker.pop.querySelectorAll("[role=option]")];
const chosenOf = (picker) => picker.pop.querySelector("[aria-selected=true]");

function onKey(event, picker) {
  const list = options(picker);
  const at = list.indexOf(chosenOf(picker));
  const open = !picker.pop.hidden && list.length > 0;
  if (event.key === "ArrowDown" && list.length) {
    show(picker);
    choose(picker, (at + 1) % list.length);
  } else if (event.key === "ArrowUp" && open) {
    choose(picker, at <= 0 ? list.length - 1 : at - 1);
  } else if (event.key === "Escape" && open) {
    hide(picker);
  } else if ((event.key === "Enter" || event.key === "Tab") && open && at >= 0 && isCurrent(picker)) {
    pick(picker, list[at]);
    if (event.key === "Tab") return;
  } else {
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Whether the list answers what now stands in the field: a quick typist may be ahead of it. */
function isCurrent(picker) {
  return picker.input.getAttribute("aria-busy") !== "true";
}

function pick(picker, option) {
  picker.input.value = `${option.dataset.code} ${option.dataset.name}`;
  picker.chosen.value = option.dataset.id;
  hide(picker);
  picker.input.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { id: option.dataset.id } }));
  const fields = [...picker.input.form.elements];
  const next = fields.slice(fields.indexOf(picker.input) + 1).find((field) => field.name === "quantity");
  next?.focus();
  next?.select();
}

function choose(picker, index) {
  options(picker).forEach((option, place) => {
    option.setAttribute("aria-selected", String(place === index));
    if (place === index) option.scrollIntoView({ block: "nearest" });
  });
  const option = options(picker)[index];
  if (option) picker.input.setAttribute("aria-activedescendant", option.id);
  else picker.input.removeAttribute("aria-activedescendant");
}

function show(picker) {
  if (!picker.pop.textContent.trim()) return;
  picker.pop.hidden = false;
  const list = picker.pop.querySelector("[role=listbox]");
  picker.input.setAttribute("aria-expanded", String(Boolean(list)));
  if (list) picker.input.setAttribute("aria-controls", list.id);
}

function hide(picker) {
  picker.pop.hidden = true;
  picker.input.setAttribute("aria-expanded", "false");
  picker.input.removeAttribute("aria-controls");
  picker.input.removeAttribute("aria-activedescendant");
}

function speak(picker) {
  const count = options(picker).length;
  announce(count === 0 ? picker.pop.textContent.trim() : count === 1 ? "1 product" : `${count} products`);
}
