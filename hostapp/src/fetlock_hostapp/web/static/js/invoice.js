// The page of one invoice: explanations stay open over a redraw, and the payment's buttons name the amount.

// Which explanations stand open goes with each request, so that the answer draws them open again.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb === "get" || !document.getElementById("invoice")) return;
  const open = [...document.querySelectorAll("#invoice tr.why:not([hidden])")];
  event.detail.parameters.set("open_rows", open.map((row) => row.id.replace("why-", "")).join(","));
});

// "Take 45.00 by card" follows what is typed and chosen.
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-pay]");
  if (form) nameButtons(form);
});

function nameButtons(form) {
  const amount = form.elements.amount.value.trim().replace(",", ".");
  const method = form.querySelector("[name=method]:checked")?.closest("label")?.textContent.trim().toLowerCase() ?? "";
  const shown = /^\d+(\.\d{1,2})?$/.test(amount) ? Number(amount).toFixed(2) : "…";
  for (const button of form.querySelectorAll("[data-pay-words]")) {
    button.textContent = button.dataset.payWords.replace("{amount}", shown).replace("{method}", method);
  }
}
