"""What is done to the lines of an invoice in its table: added, changed in place, removed, put back."""

from litestar import post

from fetlock.domain.invoices import lines, restoring
from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest
from fetlock_hostapp.web.invoices.answering import line_of, of_change, save
from fetlock_hostapp.web.invoices.reading_lines import new_line
from fetlock_hostapp.web.invoices.showing import Outcome


@post("/invoices/{invoice_id:int}/lines", permission="invoices.edit", sync_to_thread=True)
def add_line(request: StaffRequest, invoice_id: FromPath[int], data: FormData) -> Html:
    """Add one line to an open invoice."""

    def command(desk: Desk) -> Outcome:
        seen = data.optional_integer("seen", "Revision")
        changed = lines.add_lines_to(desk.work, invoice_id, [new_line(desk, data)], seen_revision=seen)
        line = line_of(desk, invoice_id, changed.line_ids[0])
        outcome = of_change(changed, f"{line.description} added.")
        outcome.focus = "add"
        return outcome

    return save(request, invoice_id, "add", data, command)


@post("/invoices/{invoice_id:int}/lines/{line_id:int}", permission="invoices.edit", sync_to_thread=True)
def change_quantity(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: FormData
) -> Html:
    """Change the quantity of a line, edited in its place."""

    def command(desk: Desk) -> Outcome:
        line = line_of(desk, invoice_id, line_id)
        changed = lines.change_line(
            desk.work,
            line_id,
            quantity=data.decimal("quantity", "Quantity"),
            seen_revision=data.optional_integer("seen", "Revision"),
        )
        return of_change(changed, f"Line {line.position} saved.")

    return save(request, invoice_id, f"line:{line_id}", data, command)


@post(
    "/invoices/{invoice_id:int}/lines/{line_id:int}/remove", permission="invoices.edit", sync_to_thread=True
)
def remove_line(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: FormData
) -> Html:
    """Take a line off; the page offers to put it back."""

    def command(desk: Desk) -> Outcome:
        line = line_of(desk, invoice_id, line_id)
        seen = data.optional_integer("seen", "Revision")
        changed = lines.remove_line(desk.work, line_id, seen_revision=seen)
        outcome = of_change(changed, f"Line {line.position}, {line.description}, removed.")
        outcome.undo = line_id
        return outcome

    return save(request, invoice_id, f"line:{line_id}", data, command)


@post(
    "/invoices/{invoice_id:int}/lines/{line_id:int}/restore", permission="invoices.edit", sync_to_thread=True
)
def restore_line(
    request: StaffRequest, invoice_id: FromPath[int], line_id: FromPath[int], data: FormData
) -> Html:
    """Put a removed line back."""

    def command(desk: Desk) -> Outcome:
        line = line_of(desk, invoice_id, line_id)
        seen = data.optional_integer("seen", "Revision")
        changed = restoring.restore_line(desk.work, line_id, seen_revision=seen)
        return of_change(changed, f"Line {line.position}, {line.description}, is back.")

    return save(request, invoice_id, f"line:{line_id}", data, command)


HANDLERS = [add_line, change_quantity, remove_line, restore_line]
