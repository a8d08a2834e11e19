"""Who acts: the person, the site they work at, and what their roles there allow."""

from dataclasses import dataclass, field

SYSTEM_NAME = "Fetlock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The person (or the system itself, `staff_id` None) on whose behalf something is done (H-3)."""

    staff_id: int | None
    name: str
    permissions: frozenset[str] = field(default_factory=frozenset)
    unrestricted: bool = False

    def may(self, permission: str) -> bool:
        """Whether this actor holds `permission` at the present site."""
        return self.unrestricted or permission in self.permissions


SYSTEM = Actor(staff_id=None, name=SYSTEM_NAME, unrestricted=True)
