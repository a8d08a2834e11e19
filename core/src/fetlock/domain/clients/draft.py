"""A client as typed or read from a file, before it is stored: what must hold, field by field."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from fetlock.domain.clients import account_number, phones
from fetlock.domain.clients.models import Client
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.clients.reach import CHANNELS

LENGTHS: Final = {
    "first_name": ("First name", 120),
    "last_name": ("Last name", 120),
    "street": ("Street", 200),
    "city": ("City", 120),
    "region": ("State or region", 120),
    "postal_code": ("Postal code", 20),
    "notes": ("Notes", 10_000),
}
"""Fields of plain text: their labels and the most characters they take."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\".]+(?:\.[^\s@,;<>\".]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDraft:
    """What a client's record shall hold. `account_number` empty: the next one is given."""

    account_number: str = ""
    first_name: str = ""
    last_name: str = ""
    phones: tuple[TypedPhone, ...] = ()
    emails: tuple[str, ...] = ()
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    preferred_channel: str = ""
    sms_opt_out: bool = False
    email_opt_out: bool = False
    notes: str = ""
    active: bool = True

    def trimmed(self) -> "ClientDraft":
        """Without blanks around texts, and without empty phones and e-mails."""
        texts = {name: getattr(self, name).strip() for name in (*LENGTHS, "account_number", "country")}
        texts["country"] = texts["country"].upper()
        return replace(
            self,
            **texts,
            phones=tuple(TypedPhone(p.kind, p.entered.strip()) for p in self.phones if p.entered.strip()),
            emails=tuple(dict.fromkeys(e.strip() for e in self.emails if e.strip())),
        )


@dataclass(slots=True)
class CheckedDraft:
    """A draft with its faults by field ("phone_0" is the first phone), and the phones' E.164 forms."""

    draft: ClientDraft
    faults: dict[str, str] = field(default_factory=dict)
    stored_phones: tuple[str, ...] = ()


def check(draft: ClientDraft, region: str, known: Client | None = None) -> CheckedDraft:
    """Check a draft typed at a site in `region` (US). What `known` already holds is accepted as it is."""
    draft = draft.trimmed()
    checked = CheckedDraft(draft)
    faults = checked.faults
    for name, (label, most) in LENGTHS.items():
        if len(getattr(draft, name)) > most:
            faults[name] = f"{label}: at most {most} characters."
    if draft.account_number and (fault := account_number.fault(draft.account_number)):
        faults["account_number"] = fault
    if draft.country and not _COUNTRY.fullmatch(draft.country):
        faults["country"] = "Enter the country as two letters, such as US."
    if draft.preferred_channel not in CHANNELS:
        faults["preferred_channel"] = "Choose how this client prefers to be reached."
    held_phones = {phone.entered: phone.digits for phone in known.phones} if known else {}
    stored = []
    for index, phone in enumerate(draft.phones):
        digits = held_phones.get(phone.entered) or phones.parse(phone.entered, region)
        stored.append(digits or phones.digits_of(phone.entered))
        if phone.kind not in phones.KINDS:
            faults[f"phone_{index}"] = "Choose what kind of phone it is."
        elif digits is None or len(phone.entered) > phones.LONGEST:
            faults[f"phone_{index}"] = (
                f"“{phone.entered}” is not a complete phone number. Enter it with its area code."
            )
    checked.stored_phones = tuple(stored)
    held_emails = {email.address for email in known.emails} if known else set()
    for index, address in enumerate(draft.emails):
        if address not in held_emails and not is_email(address):
            faults[f"email_{index}"] = f"“{address}” is not an e-mail address."
    return checked


def is_email(address: str) -> bool:
    """Whether it has the shape of an e-mail address; whether anybody reads it only a message shows."""
    return len(address) <= 254 and _EMAIL.fullmatch(address) is not None
