"""What a check hook answers: the reasons why something must not happen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto:
    """One reason against it. `overridable`: a person with permission may go on, giving a reason.

    `field` names the input that the reason belongs to ("quantity"), so that a form shows it there.
    `plugin` is filled in by the host.
    """

    reason: str
    code: str = "refused"
    field: str = ""
    overridable: bool = True
    plugin: str = ""
