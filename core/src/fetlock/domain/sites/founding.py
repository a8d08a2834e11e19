"""The first steps of an installation: its organisation, one site, the roles, an administrator (OP-6)."""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from fetlock.contracts.actor import SYSTEM
from fetlock.domain.audit import service as audit
from fetlock.domain.sites.models import Organisation, Site
from fetlock.domain.sites.service import SiteDraft, slug_of
from fetlock.domain.staff import employees, roles
from fetlock.domain.staff.employees import EmployeeDraft
from fetlock.domain.staff.models import StaffRole
from fetlock.errors import Conflict, Invalid
from fetlock.platform.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Founded:
    """What was made."""

    site_slug: str
    user_name: str


def is_founded(session: Session) -> bool:
    """Whether this database belongs to an organisation already."""
    return session.scalar(select(Organisation.id).limit(1)) is not None


def found(
    session: Session,
    runtime: Runtime,
    organisation: str,
    site: SiteDraft,
    administrator: EmployeeDraft,
    password_hash: str,
) -> Founded:
    """Make the organisation, its first site, the default roles and the first administrator.

    The password must be changed at the first sign-in. Raises `Conflict` where there is an organisation
    already, `Invalid` by field.
    """
    if is_founded(session):
        raise Conflict("This installation is set up already. Add sites and employees under Administration.")
    if not organisation.strip() or len(organisation) > 200:
        raise Invalid({"organisation": "Enter the organisation's name, at most 200 characters."})
    owner = Organisation(name=" ".join(organisation.split()))
    session.add(owner)
    session.flush()
    columns = site.checked()
    row = Site(**columns, organisation_id=owner.id, slug=slug_of(columns["name"]), plugins={})
    session.add(row)
    session.flush()
    made = roles.make_default_roles(session, runtime.registry)
    staff = employees.add(runtime.work(session, row, SYSTEM), administrator, password_hash)
    session.execute(
        insert(StaffRole).values(staff_id=staff.id, site_id=row.id, role_id=made[roles.ADMINISTRATOR].id)
    )
    audit.record(
        session,
        "organisation.founded",
        staff_id=None,
        site_id=row.id,
        subject=f"organisation:{owner.id}",
    )
    return Founded(row.slug, staff.user_name)
