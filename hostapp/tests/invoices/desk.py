"""What the invoice tests do again and again: begin an invoice, read it, press a button as htmx would."""

import re
from typing import Any

from httpx import Client, Response

from fetlock.domain.invoices import lines, views
from fetlock.domain.invoices.view_values import InvoiceView
from fetlock_hostapp.testing import WebClinic

HTMX = {"hx-request": "true"}


def begin(web: WebClinic, *wanted: tuple[str, int | str], **more: Any) -> int:
    """An open invoice of client 57 with these products and quantities."""
    clinic = web.clinic
    new = [clinic.line(code, quantity, **more) for code, quantity in wanted]
    return clinic.run(lambda work: lines.add_lines(work, clinic.client_id, new)).invoice.id


def read(web: WebClinic, invoice_id: int = 1) -> InvoiceView:
    """The invoice as it is stored now."""
    with web.clinic.reading() as session:
        return views.get(session, web.clinic.records.sites["north"], invoice_id)


def press(client: Client, path: str, **fields: Any) -> Response:
    """Send a form as htmx does, to a path below the invoices of the north site."""
    return client.post(f"/s/north/invoices/{path}", data=fields, headers=HTMX)


def text_of(answer: Response) -> str:
    """What a person reads on the page, with runs of blanks as one."""
    shown = re.sub(r"<(script|template)\b.*?</\1>", " ", answer.text, flags=re.S)
    shown = re.sub(r"<[^>]+>", " ", shown)
    for name, letter in [("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&#34;", '"'), ("&amp;", "&")]:
        shown = shown.replace(name, letter)
    return re.sub(r"\s+", " ", shown)


def value_of(answer: Response, field_id: str) -> str:
    """The value of an input by its id."""
    found = re.search(rf'<input[^>]*id="{field_id}"[^>]*>', answer.text)
    assert found, f"no field {field_id}"
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""
