"""One invoice: its page, on paper, as it stood at an earlier revision, and what plugins say about it."""

from litestar import get

from fetlock.contracts.panels import Notice
from fetlock.contracts.pricing import ExpectedPayer
from fetlock.domain.clients.models import Client
from fetlock.domain.invoices import closing, opening, views
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import Desk, FromPath, Html, StaffRequest, reading
from fetlock_hostapp.web.invoices import words
from fetlock_hostapp.web.invoices.answering import draw
from fetlock_hostapp.web.invoices.showing import patients_on, plugin_labels


@get("/invoices/{invoice_id:int}", permission="invoices.view", sync_to_thread=True)
def invoice_page(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """An invoice with its lines, payments, history and postings."""
    with reading(request) as desk:
        return draw(desk, invoice_id)


@get("/invoices/{invoice_id:int}/print", permission="invoices.view", sync_to_thread=True)
def printed(request: StaffRequest, invoice_id: FromPath[int]) -> Html:
    """The invoice as it is printed for the client: no buttons, plan lines at 0.00, savings in the totals."""
    with reading(request) as desk:
        view = views.get(desk.session, desk.site.id, invoice_id)
        return desk.page(
            "invoices/print.html",
            view=view,
            client=desk.session.get_one(Client, view.client_id),
            patients=patients_on(desk, view),
            words=words,
            site=desk.site,
        )


@get("/invoices/{invoice_id:int}/revisions/{history_id:int}", permission="invoices.view", sync_to_thread=True)
def revision_page(request: StaffRequest, invoice_id: FromPath[int], history_id: FromPath[int]) -> Html:
    """The lines as they stood when the invoice was closed or voided (H-34)."""
    with reading(request) as desk:
        view = views.get(desk.session, desk.site.id, invoice_id)
        entry = next((e for e in view.history if e.id == history_id and e.snapshot), None)
        if entry is None:
            raise NotFound("No lines are kept for this revision.")
        return desk.page("invoices/revision.html", view=view, entry=entry, words=words)


@get(
    "/invoices/{invoice_id:int}/notices/{plugin:str}",
    permission="invoices.view",
    sync_to_thread=True,
    plugin_in="plugin",
)
def plugin_notices(request: StaffRequest, invoice_id: FromPath[int], plugin: FromPath[str]) -> Html:
    """What one plugin has to say about this invoice; its failure costs its own place alone."""
    with reading(request) as desk:
        found = _ask(desk, "invoice_notices", invoice_id, plugin)
        notices = [item for item in found or () if isinstance(item, Notice)]
        return desk.fragment(
            "invoices/_notices.html",
            plugin=plugin,
            label=plugin_labels(desk)[plugin],
            failed=found is None,
            notices=sorted(notices, key=lambda notice: (notice.weight, notice.key)),
        )


@get(
    "/invoices/{invoice_id:int}/payers/{plugin:str}",
    permission="invoices.view",
    sync_to_thread=True,
    plugin_in="plugin",
)
def plugin_payers(request: StaffRequest, invoice_id: FromPath[int], plugin: FromPath[str]) -> Html:
    """Whom one plugin expects to pay a part: shown beside the total, never part of it (H-31)."""
    with reading(request) as desk:
        found = _ask(desk, "expected_payers", invoice_id, plugin)
        payers = [item for item in found or () if isinstance(item, ExpectedPayer)]
        return desk.fragment(
            "invoices/_payers.html", label=plugin_labels(desk)[plugin], failed=found is None, payers=payers
        )


def _ask(desk: Desk, hook: str, invoice_id: int, plugin: str) -> list[object] | None:
    """The answer of one enabled plugin; None where it failed. Raises `NotFound` where it has no say."""
    if plugin not in desk.hooks.implementers(hook, desk.enabled):
        raise NotFound("There is no such plugin here.")
    invoice = opening.get(desk.session, desk.site.id, invoice_id)
    answer = desk.hooks.call_plugin(hook, closing.facts_of(desk.work, invoice), plugin)
    return None if answer is None or answer.failure is not None else list(answer.value)


HANDLERS = [invoice_page, printed, revision_page, plugin_notices, plugin_payers]
