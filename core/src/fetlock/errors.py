"""What can go wrong in the domain: each error says what happened in words that staff can act on."""

from collections.abc import Mapping, Sequence

from fetlock.contracts.checks import Veto


class FetlockError(Exception):
    """Base of every error that a caller may show to a person; `message` is that text."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(FetlockError):
    """The thing does not exist, or this person may not know that it does (H-1)."""

    code = "not_found"


class NotPermitted(FetlockError):
    """The person's roles at this site do not hold the needed permission (H-3)."""

    code = "not_permitted"

    def __init__(self, permission: str) -> None:
        super().__init__(f"Your role does not include this permission: {permission}.")
        self.permission = permission


class Invalid(FetlockError):
    """Input that cannot be accepted; `fields` maps a field's name to the text shown beside it.

    The key "" holds what belongs to no single field.
    """

    code = "invalid"

    def __init__(self, fields: Mapping[str, str] | str) -> None:
        self.fields = {"": fields} if isinstance(fields, str) else dict(fields)
        super().__init__(" ".join(self.fields.values()))


class Conflict(FetlockError):
    """The thing's present state does not allow it, or somebody else changed it meanwhile (H-36)."""

    code = "conflict"


class StaleEdit(Conflict):
    """Somebody saved this record after it was opened for editing (H-36); nothing was overwritten.

    `differences`: for each field that differs, its label, what is saved now, and what was typed.
    `revision` is the saved one: sent back with the next save, it means that the differences were seen.
    """

    def __init__(self, what: str, revision: int, differences: Sequence[tuple[str, str, str]]) -> None:
        named = ", ".join(label for label, _, _ in differences)
        super().__init__(
            f"Somebody saved {what} while you were typing. "
            + (f"Different from yours: {named}. Save again to keep yours." if named else "Save again.")
        )
        self.revision = revision
        self.differences = tuple(differences)


class Blocked(FetlockError):
    """One or more checks refused; a person with the permission may override those that allow it."""

    code = "blocked"

    def __init__(self, vetoes: Sequence[Veto]) -> None:
        super().__init__(" ".join(veto.reason for veto in vetoes))
        self.vetoes = tuple(vetoes)

    @property
    def overridable(self) -> bool:
        """Whether every veto may be overridden with permission and a reason."""
        return all(veto.overridable for veto in self.vetoes)


class Busy(FetlockError):
    """The database stayed busy through every rerun of the unit of work; nothing was saved."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("The system is busy just now. Nothing was saved; please try again.")
