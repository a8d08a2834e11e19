"""The search box of the bar: results while typing, and a page of all of them (H-12)."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from litestar import get
from markupsafe import Markup, escape

from fetlock.domain.clients import phones
from fetlock.domain.search.finding import FoundClient, FoundInvoice, FoundPatient, Results, find
from fetlock.domain.search.folding import fold
from fetlock_hostapp.plugin import Desk, FromQuery, Html, StaffRequest, reading
from fetlock_hostapp.web.patients.strip import grouped

LIVE: Final = 6
ALL: Final = 50
LONGEST: Final = 200
_FACES: Final = {
    "dog": "dog",
    "canine": "dog",
    "cat": "cat",
    "feline": "cat",
    "rabbit": "rabbit",
    "horse": "horse",
}


@get("/search/live", permission="patients.view", sync_to_thread=True)
def live(request: StaffRequest, q: FromQuery[str] = "") -> Html:
    """The list under the search box."""
    with reading(request) as desk:
        text = q.strip()[:LONGEST]
        if not text:
            return desk.fragment("search/nothing.html")
        found = _find(desk, text, LIVE)
        return desk.fragment(
            "search/live.html", groups=_groups(desk, found), query=text, all_href=_all(desk, text)
        )


@get("/search", permission="patients.view", sync_to_thread=True)
def results(request: StaffRequest, q: FromQuery[str] = "") -> Html:
    """A page of results; the one patient, client or invoice that is meant exactly is opened at once."""
    with reading(request) as desk:
        text = q.strip()[:LONGEST]
        found = _find(desk, text, ALL, thorough=True) if text else None
        if found is not None and (only := _only(desk, found)):
            return desk.redirect(only)
        return desk.page(
            "search/results.html",
            query=text,
            groups=[(label, items) for label, items in _groups(desk, found) if items] if found else [],
            most=ALL,
        )


def _find(desk: Desk, text: str, limit: int, *, thorough: bool = False) -> Results:
    return find(
        desk.session,
        text,
        site_id=desk.site.id,
        region=desk.site.country,
        limit=limit,
        with_invoices=desk.may("invoices.view"),
        thorough=thorough,
    )


def _all(desk: Desk, text: str) -> str:
    return desk.url(f"search?{urlencode({'q': text})}")


def _only(desk: Desk, found: Results) -> str:
    """The path of the one thing whose id, microchip or number was typed in full."""
    typed = found.query.whole
    exact = [
        f"patients/{each.id}"
        for each in found.patients
        if typed in (fold(each.code), fold(each.former_code), fold(grouped(each.microchip)), each.microchip)
    ]
    if desk.may("clients.view"):
        exact += [f"clients/{each.id}" for each in found.clients if typed == fold(each.code)]
    exact += [f"invoices/{each.id}" for each in found.invoices if typed == fold(each.title)]
    return exact[0] if len(exact) == 1 else ""


def _groups(desk: Desk, found: Results) -> list[tuple[str, list[dict[str, Any]]]]:
    words = [prefixes[0] for prefixes in found.query.wanted]
    groups = [("Patients", [_patient(desk, each, words) for each in found.patients])]
    if desk.may("clients.view"):
        groups.append(("Clients", [_client(desk, each, words) for each in found.clients]))
    groups.append(("Invoices", [_invoice(desk, each) for each in found.invoices]))
    return groups


def _patient(desk: Desk, found: FoundPatient, words: list[str]) -> dict[str, Any]:
    notes = [found.client_name]
    kind = ", ".join(part for part in (found.species, found.breed) if part)
    notes += [kind] if kind else []
    if found.former_code:
        notes.append(f"was {found.former_code}")
    if found.microchip and any(word in found.microchip for word in words if len(word) > 5):
        notes.append(f"chip {grouped(found.microchip)}")
    if found.deceased_on:
        notes.append("deceased")
    elif not found.active:
        notes.append("inactive")
    return {
        "label": marked(found.name, words),
        "href": desk.url(f"patients/{found.id}"),
        "icon": _FACES.get(found.species.lower(), "paw"),
        "note": marked(" · ".join(notes), words),
        "code": found.code,
    }


def _client(desk: Desk, found: FoundClient, words: list[str]) -> dict[str, Any]:
    number = "no patients" if not found.patients else f"{found.patients} patients"
    notes = ["1 patient" if found.patients == 1 else number]
    if found.phone:
        notes.append(phones.shown(found.phone, found.phone, desk.site.country))
    notes += [found.city] if found.city else []
    notes += [] if found.active else ["inactive"]
    return {
        "label": marked(found.name, words),
        "href": desk.url(f"clients/{found.id}"),
        "icon": "user",
        "note": " · ".join(notes),
        "code": found.code,
    }


def _invoice(desk: Desk, found: FoundInvoice) -> dict[str, Any]:
    return {
        "label": found.title,
        "href": desk.url(f"invoices/{found.id}"),
        "icon": "money",
        "note": f"{found.client_name} · {found.state}",
        "code": "",
    }


def marked(text: str, words: list[str]) -> Markup:
    """The text with what was typed marked; only where folding changes no lengths."""
    folded = fold(text)
    if len(folded) != len(text) or not words:
        return escape(text)
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)
    out = Markup("")
    at = 0
    for match in re.finditer(rf"(?<!\w)(?:{pattern})", folded):
        out += escape(text[at : match.start()])
        out += Markup("<mark>{}</mark>").format(text[match.start() : match.end()])
        at = match.end()
    return out + escape(text[at:])


HANDLERS = [live, results]
