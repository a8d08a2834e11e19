// Rows that one chooses: in a <form data-picking> boxes marked data-pick, one data-pick-all, and a part
// marked data-picked-bar that is there while any is chosen; its [data-picked-count] says how many.

export function watchPicking() {
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-picking]");
    if (!form) return;
    if (event.target.matches("[data-pick-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
    show(form);
  });
  document.addEventListener("keydown", move);
  document.addEventListener("htmx:load", (event) => prepare(event.target));
  addEventListener("pageshow", () => prepare(document));
  prepare(document);
}

const boxes = (form) => [...form.querySelectorAll("[data-pick]")];

function prepare(root) {
  const forms = root.matches?.("form[data-picking]") ? [root] : root.querySelectorAll?.("form[data-picking]") ?? [];
  for (const form of forms) show(form);
}

/** How many are chosen, on the bar and on the box that stands for all. */
function show(form) {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked).length;
  const bar = form.querySelector("[data-picked-bar]");
  if (bar) bar.hidden = chosen === 0;
  const count = form.querySelector("[data-picked-count]");
  if (count) count.textContent = `${chosen} chosen`;
  const every = form.querySelector("[data-pick-all]");
  if (every) Object.assign(every, { hidden: false, checked: chosen > 0 && chosen === all.length, indeterminate: chosen > 0 && chosen < all.length });
}

/** Arrows move between the boxes, with shift the choice goes along; Escape gives it up. */
function move(event) {
  const box = event.target.closest?.("[data-pick]");
  if (!box) return;
  const form = box.closest("form");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const all = boxes(form);
    const next = all[all.indexOf(box) + step];
    if (!next) return;
    if (event.shiftKey) box.checked = next.checked = true;
    next.focus();
  } else if (event.key === "Escape") {
    for (const each of boxes(form)) each.checked = false;
  } else return;
  show(form);
}
