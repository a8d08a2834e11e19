"""The form of an employee: from typed fields to a draft, and the roles that may be ticked at each site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fetlock.domain.sites.models import Site
from fetlock.domain.staff import assigning, listing
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock.domain.staff.models import Role
from fetlock_hostapp.plugin import Desk, Form


@dataclass(frozen=True, slots=True)
class RolesAtSite:
    """One site in the form: roles that this person may tick, and those that stand beyond their power."""

    site: Site
    field: str
    options: list[tuple[str, str]]
    ticked: list[str]
    fixed: list[str]


def draft_of(data: Form) -> EmployeeDraft:
    """The employee as typed."""
    return EmployeeDraft(**{name: data.text(name) for name in EmployeeDraft.__dataclass_fields__})


def field_of(site_id: int) -> str:
    """The name of the checkboxes of one site."""
    return f"roles_{site_id}"


def wanted_roles(desk: Desk, data: Form, employee_id: int) -> dict[int, list[int]]:
    """The ticked roles at each site where this person may give any; those beyond their power stay.

    Only sites that the form showed are touched: it names them in the field `sites`.
    """
    may_give = assigning.assignable(desk.session, desk.actor.staff_id)
    shown = {int(text) for text in data.all("sites") if text.isdecimal()}
    present = listing.employee(desk.session, employee_id, list(may_give))
    wanted = {}
    for site_id in sorted(may_give.keys() & shown):
        ticked = {int(text) for text in data.all(field_of(site_id)) if text.isdecimal()}
        wanted[site_id] = sorted(ticked | (present.role_ids(site_id) - set(may_give[site_id])))
    return wanted


def roles_at_sites(
    desk: Desk, roles: Sequence[Role], held: Mapping[int, frozenset[int]], typed: Form | None
) -> list[RolesAtSite]:
    """What the form offers at each site that this person works at."""
    may_give = assigning.assignable(desk.session, desk.actor.staff_id)
    places = []
    for site in desk.sites:
        here = held.get(site.id, frozenset())
        offered = set(may_give.get(site.id, ()))
        ticked = [str(role_id) for role_id in sorted(here & offered)]
        if typed is not None:
            ticked = typed.all(field_of(site.id))
        places.append(
            RolesAtSite(
                site=site,
                field=field_of(site.id),
                options=[(str(role.id), role.name) for role in roles if role.id in offered],
                ticked=ticked,
                fixed=[role.name for role in roles if role.id in here - offered],
            )
        )
    return places
