"""A task as somebody typed it, and what is wrong with it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fetlock.errors import Invalid

MOST_TEXT: Final = 300
MOST_NOTE: Final = 2000
_LINK: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~/%@+,;=-]*(\?[A-Za-z0-9._~/%:@+,;=&?-]*)?(#[\w-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDraft:
    """What a person may say of a task. `link`: a path below the site, such as "patients/12"."""

    text: str
    note: str = ""
    link: str = ""
    staff_id: int | None = None
    role_id: int | None = None
    due_on: date | None = None

    def checked(self, slug: str) -> dict[str, Any]:
        """The columns, tidied; `slug` is the site's. Raises `Invalid` with every field that is wrong."""
        wrong = {}
        said = " ".join(self.text.split())
        note = self.note.strip()
        link = below_site(self.link, slug)
        if not said:
            wrong["text"] = "Say what is to be done."
        elif len(said) > MOST_TEXT:
            wrong["text"] = f"Use at most {MOST_TEXT} characters; the rest fits into the note."
        if len(note) > MOST_NOTE:
            wrong["note"] = f"Use at most {MOST_NOTE:,} characters."
        if not is_link(link):
            wrong["link"] = "Copy the address of a page of this site, such as patients/12."
        if self.due_on is not None and not 2000 <= self.due_on.year <= 2999:
            wrong["due_on"] = "Choose a day of this century."
        if wrong:
            raise Invalid(wrong)
        return {"text": said, "note": note, "link": link, "due_on": self.due_on}


def below_site(address: str, slug: str) -> str:
    """The path below the site that an address leads to; what leads elsewhere is left as it is."""
    address = address.strip()
    found = re.fullmatch(rf"(?:https?://[^/\s]+)?/s/{re.escape(slug)}/(.*)", address)
    return found[1] if found else address


def is_link(link: str) -> bool:
    """Whether it is a path below a site, or empty: never one that leads out of it."""
    if not link:
        return True
    path = link.partition("?")[0].partition("#")[0]
    return (
        len(link) <= 300
        and _LINK.fullmatch(link) is not None
        and not {"..", "."} & set(path.split("/"))
        and "//" not in path
    )
