"""The Record tab: what the host holds of a patient on one rail, with panels of plugins beside it (H-14)."""

from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from litestar import get

from fetlock.domain.messages.models import MessageState
from fetlock.domain.patients import codes, weighing
from fetlock.domain.patients.timeline import Entry, EntryKind, counts, timeline
from fetlock.errors import NotFound
from fetlock_hostapp.plugin import Desk, FromPath, FromQuery, Html, StaffRequest, reading
from fetlock_hostapp.web.patients.days import days_of
from fetlock_hostapp.web.patients.strip import RECORD, load_strip

PORTION: Final = 50
MOST_SKIPPED: Final = 100_000

_NEEDS: Final = {
    EntryKind.WEIGHT: "patients.view",
    EntryKind.TREATMENT: "treatment.view",
    EntryKind.INVOICE: "invoices.view",
    EntryKind.MESSAGE: "messages.view",
    EntryKind.ALERT: "patients.view",
    EntryKind.RECORD: "patients.view",
}
_WORDS: Final = {
    EntryKind.WEIGHT: "Weights",
    EntryKind.TREATMENT: "Treatment",
    EntryKind.INVOICE: "Money",
    EntryKind.MESSAGE: "Messages",
    EntryKind.ALERT: "Alerts",
}
MESSAGE_STATES: Final = {
    MessageState.WAITING: ("wait", "Waiting for a server"),
    MessageState.QUEUED: ("wait", "Queued"),
    MessageState.SENDING: ("work", "Sending"),
    MessageState.SENT: ("ok", "Sent"),
    MessageState.FAILED: ("bad", "Not sent"),
    MessageState.IN_DOUBT: ("warn", "May have been sent"),
    MessageState.DROPPED: ("off", "Dropped"),
}
"""The shape and the words of a message's state."""


@get("/patients/{patient_id:int}", permission="patients.view", sync_to_thread=True)
def patient_page(
    request: StaffRequest, patient_id: FromPath[int], kind: FromQuery[str] = "", skip: FromQuery[int] = 0
) -> Html:
    """The patient's record; `kind` is one kind of entry, or empty for all; `skip` leaves out newer ones."""
    skip = min(max(skip, 0), MOST_SKIPPED)
    with reading(request) as desk:
        strip = load_strip(desk, patient_id, RECORD)
        allowed = [each for each in EntryKind if desk.may(_NEEDS[each])]
        wanted = [each for each in allowed if not kind or each.value == kind]
        number = counts(desk.session, patient_id, desk.site.id, allowed)
        found = timeline(desk.session, patient_id, desk.site.id, wanted, skip=skip, limit=PORTION)
        total = sum(number[each] for each in wanted)
        return desk.page(
            "patients/record.html",
            strip=strip,
            days=days_of(desk.site, [(entry.at, _shown(desk, entry)) for entry in found.entries]),
            chips=_chips(desk, patient_id, number, kind),
            kind=kind,
            newer=_address(desk, patient_id, kind, max(skip - PORTION, 0)) if skip else None,
            older=_address(desk, patient_id, kind, skip + PORTION) if found.more else None,
            older_count=total - skip - len(found.entries),
            total=total,
            labels={name: _label(desk, name) for name in strip.signs},
        )


@get("/patients/by-code/{code:str}", permission="patients.view", sync_to_thread=True)
def patient_by_code(request: StaffRequest, code: FromPath[str]) -> Html:
    """On to the patient with this readable id, or that had it before a change of owner (H-11)."""
    with reading(request) as desk:
        patient = codes.find(desk.session, code)
        if patient is None:
            raise NotFound(f"There is no patient {code}.")
        if patient.code.upper() == code.strip().upper():
            return desk.redirect(f"patients/{patient.id}")
        return desk.redirect(f"patients/{patient.id}", warn=f"{code} is {patient.code} now.")


def _label(desk: Desk, plugin: str) -> str:
    return desk.hooks.registry.plugins[plugin].manifest.label


def _address(desk: Desk, patient_id: int, kind: str, skip: int = 0) -> str:
    query = {name: str(value) for name, value in (("kind", kind), ("skip", skip)) if value}
    return desk.url(f"patients/{patient_id}") + (f"?{urlencode(query)}" if query else "")


def _chips(desk: Desk, patient_id: int, number: dict[EntryKind, int], kind: str) -> list[dict[str, Any]]:
    chips = [
        {
            "label": "All",
            "href": _address(desk, patient_id, ""),
            "count": sum(number.values()),
            "current": not kind,
        }
    ]
    chips += [
        {
            "label": _WORDS[each],
            "href": _address(desk, patient_id, each.value),
            "count": count,
            "current": each.value == kind,
        }
        for each, count in number.items()
        if each in _WORDS and (count or each.value == kind)
    ]
    return chips


def _shown(desk: Desk, entry: Entry) -> dict[str, Any]:
    """An entry as the rail draws it: its node, its head, what stands behind and beneath it."""
    shown: dict[str, Any] = {
        "at": entry.at,
        "by": entry.by,
        "node": "",
        "icon": None,
        "title": entry.title,
        "text": "",
        "note": "",
        "href": None,
        "state": None,
        "amount": None,
        "code": "",
    }
    if entry.kind is EntryKind.WEIGHT and entry.amount is not None:
        other = "lb" if entry.unit == "kg" else "kg"
        about = weighing.plain(weighing.in_unit(entry.amount, other).quantize(Decimal("0.1")))
        shown |= {
            "icon": "scale",
            "title": "Weight",
            "text": f"{weighing.shown(entry.amount, entry.unit)} ({about:f} {other})",
        }
    elif entry.kind is EntryKind.TREATMENT:
        shown |= {
            "icon": "visit",
            "node": "work",
            "amount": entry.amount,
            "text": entry.unit if entry.unit != "each" else "",
            "code": entry.code,
            "note": entry.note,
        }
    elif entry.kind is EntryKind.INVOICE:
        shown |= {
            "icon": "money",
            "title": f"Invoice {entry.title or f'Draft {entry.ref}'}",
            "href": desk.url(f"invoices/{entry.ref}"),
            "text": "begun" if entry.code == "opened" else "closed",
            "node": "" if entry.code == "opened" else "ok",
            "money": entry.amount if entry.code == "closed" else None,
        }
    elif entry.kind is EntryKind.MESSAGE:
        channel = {"sms": "Text", "email": "E-mail"}.get(entry.code, entry.code)
        kind, words = MESSAGE_STATES.get(MessageState(entry.note), ("open", entry.note))
        shown |= {
            "icon": "sms" if entry.code == "sms" else "mail",
            "node": kind if kind in ("bad", "warn") else "",
            "title": channel,
            "text": f"“{entry.title}”" if entry.title else "",
            "state": (kind, words),
            "href": desk.url("messages"),
        }
    elif entry.kind is EntryKind.ALERT:
        ended = entry.code == "ended"
        shown |= {
            "node": "off" if ended else ("bad" if entry.code == "severe" else "warn"),
            "title": "Alert ended" if ended else "Alert",
            "text": entry.title,
        }
    else:
        made = entry.code == "made"
        shown |= {
            "icon": "doc" if made else "user",
            "title": "Record made" if made else "New owner",
            "text": "" if made else f"the patient id was {entry.title} until then",
        }
    return shown


HANDLERS = [patient_page, patient_by_code]
