// Quick Invoice by keyboard: Enter in a quantity goes on to the next row, which is made where there is none.

const form = document.getElementById("quick");
const rows = document.getElementById("quick-rows");
let next = Math.max(-1, ...[...rows.querySelectorAll("[name=row]")].map((field) => Number(field.value))) + 1;

form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit();
  } else if (event.target.name === "quantity") {
    event.preventDefault();
    goOn(event.target.closest(".quick-row"));
  } else if (event.target.name === "product") {
    event.preventDefault(); // with its list closed: no half-typed invoice is sent
    if (event.target.value.trim()) event.target.closest(".quick-row").querySelector("[name=quantity]").select();
  }
});
form.addEventListener("click", (event) => {
  if (event.target.closest("[data-add-row]")) focusProduct(addRow());
  const remove = event.target.closest("[data-remove-row]");
  if (remove) removeRow(remove.closest(".quick-row"));
});
// There is always an empty row to go on in.
form.addEventListener("picked", (event) => {
  if (!event.target.closest(".quick-row").nextElementSibling) addRow();
});
if (!form.querySelector("[data-takes-focus]")) focusProduct(rows.firstElementChild);

function goOn(row) {
  focusProduct(row.nextElementSibling ?? addRow());
}

function focusProduct(row) {
  row?.querySelector("[name=product]").focus();
}

/** A copy of the model row, under a number of its own. */
function addRow() {
  const holder = document.createElement("div");
  holder.innerHTML = document.getElementById("quick-model").innerHTML.replaceAll("NEW", String(next++));
  const row = holder.firstElementChild;
  row.querySelector("select")?.replaceWith(copyOfChoice(row.querySelector("select")));
  rows.append(row);
  window.htmx.process(row);
  return row;
}

/** A new row is for the same patient as the one before. */
function copyOfChoice(select) {
  const before = rows.lastElementChild?.querySelector("select");
  if (before) select.value = before.value;
  return select;
}

/** Empty the row; it goes where another one is left. */
function removeRow(row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  if (neighbour) {
    row.remove();
    focusProduct(neighbour);
  } else {
    for (const name of ["product", "product_id"]) row.querySelector(`[name=${name}]`).value = "";
    row.querySelector("[name=quantity]").value = "1";
    focusProduct(row);
  }
  form.dispatchEvent(new CustomEvent("rows", { bubbles: true }));
}
