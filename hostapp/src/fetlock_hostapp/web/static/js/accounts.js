// A payment over several invoices: typed as a whole it is shared out, the oldest first; what is left is shown.

const form = document.querySelector("form[data-shares]");
if (form) {
  const amount = form.elements.amount;
  const fields = [...form.querySelectorAll("[data-share]")];
  const left = form.querySelector("[data-left]");

  amount.addEventListener("input", () => {
    let rest = cents(amount.value);
    for (const field of fields) {
      const part = Math.max(0, Math.min(rest, cents(field.dataset.share)));
      field.value = part ? text(part) : "";
      rest -= part;
    }
    tell();
  });
  fields.forEach((field) => field.addEventListener("input", tell));
  form.addEventListener("change", (event) => {
    if (event.target.matches("[name=method]")) chooseMethod();
  });
  chooseMethod();

  /** From credit no money passes: what is shared out is the amount. */
  function chooseMethod() {
    const fromCredit = form.querySelector("[name=method]:checked")?.value === "credit";
    amount.disabled = fromCredit;
    tell();
  }

  function tell() {
    if (!left) return;
    const shared = fields.reduce((sum, field) => sum + cents(field.value), 0);
    if (amount.disabled) {
      left.textContent = `${text(shared)} from credit`;
      left.classList.remove("bad");
      return;
    }
    const rest = cents(amount.value) - shared;
    left.textContent = rest < 0 ? `${text(-rest)} more than is paid` : rest > 0 ? `${text(rest)} stays as credit` : "Nothing left";
    left.classList.toggle("bad", rest < 0);
  }
}

/** What is typed, 1.50 or 1,50, in whole cents; nothing where it is no amount. */
function cents(typed) {
  const match = /^\s*(\d+)(?:[.,](\d{0,2}))?\s*$/.exec(typed);
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : 0;
}

function text(whole) {
  return `${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, "0")}`;
}
