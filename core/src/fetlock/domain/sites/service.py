"""Sites: adding and changing practice locations (H-1)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final, Self
from zoneinfo import available_timezones

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from fetlock.domain.audit.service import record
from fetlock.domain.invoices.models import Invoice
from fetlock.domain.sites.currencies import refusal
from fetlock.domain.sites.models import Organisation, Site
from fetlock.domain.staff.models import StaffRole
from fetlock.errors import Invalid, NotFound
from fetlock.work import Work

_LOCALE: Final = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2}|_[0-9]{3})?")
_PREFIX: Final = re.compile(r"[A-Za-z0-9/-]{0,10}")
_TEXTS: Final = ("name", "street", "city", "region", "postal_code", "phone", "invoice_prefix")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDraft:
    """A site as somebody typed it."""

    name: str
    time_zone: str
    currency: str
    locale: str
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = "US"
    phone: str = ""
    invoice_prefix: str = ""
    prices_include_tax: bool = False
    discounts_stack: bool = False

    @classmethod
    def of(cls, site: Site) -> Self:
        """A site as it stands."""
        return cls(**{name: getattr(site, name) for name in cls.__dataclass_fields__})

    def checked(self) -> dict[str, Any]:
        """The columns, tidied. Raises `Invalid` with every field that is wrong."""
        tidy: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in _TEXTS:
            tidy[name] = " ".join(tidy[name].split())
        tidy["currency"] = tidy["currency"].strip().upper()
        tidy["country"] = tidy["country"].strip().upper()
        tidy["locale"] = tidy["locale"].strip().replace("-", "_")
        wrong = {}
        if not tidy["name"]:
            wrong["name"] = "Enter the name of the site."
        if tidy["time_zone"] not in time_zones():
            wrong["time_zone"] = "Choose a time zone of the list."
        if reason := refusal(tidy["currency"]):
            wrong["currency"] = reason
        if not _LOCALE.fullmatch(tidy["locale"]):
            wrong["locale"] = "Choose how numbers and dates are written."
        if not re.fullmatch(r"[A-Z]{2}", tidy["country"]):
            wrong["country"] = "Enter the two letters of the country, such as US or GB."
        if not _PREFIX.fullmatch(tidy["invoice_prefix"]):
            wrong["invoice_prefix"] = "Use at most ten letters, digits, hyphens or slashes."
        for name in _TEXTS:
            longest = Site.__table__.columns[name].type.length  # type: ignore[attr-defined]  # all are String
            if name not in wrong and len(tidy[name]) > longest:
                wrong[name] = f"Use at most {longest} characters."
        if wrong:
            raise Invalid(wrong)
        return tidy


def time_zones() -> frozenset[str]:
    """The zones that a site may be in: those called after a place, and UTC."""
    return _ZONES


def add(work: Work, draft: SiteDraft) -> Site:
    """Add a site; whoever adds it has the same roles there as at the present site."""
    work.require("sites.edit")
    columns = draft.checked()
    _refuse_taken(work.session, columns, None)
    organisation_id = work.session.scalar(select(Organisation.id).order_by(Organisation.id).limit(1))
    site = Site(
        **columns, organisation_id=organisation_id, slug=_free_slug(work.session, columns["name"]), plugins={}
    )
    work.session.add(site)
    work.session.flush()
    _copy_roles(work, site.id)
    _audit(work, "sites.added", site, {"name": site.name})
    return site


def change(work: Work, site: Site, draft: SiteDraft) -> Site:
    """Change a site's settings; its short name in addresses stays. `site` belongs to the work's session."""
    work.require("sites.edit")
    columns = draft.checked()
    _refuse_taken(work.session, columns, site.id)
    if columns["currency"] != site.currency and _has_invoices(work.session, site.id):
        raise Invalid({"currency": f"This site has invoices in {site.currency}: its currency has to stay."})
    changed = {name: value for name, value in columns.items() if getattr(site, name) != value}
    for name, value in changed.items():
        setattr(site, name, value)
    if changed:
        work.session.flush()
        _audit(work, "sites.changed", site, {"fields": sorted(changed)})
    return site


def seen(session: Session, site_ids: list[int], slug: str) -> Site:
    """The site of this short name among those that the viewer works at. Raises `NotFound` (H-1)."""
    site = session.scalar(select(Site).where(Site.slug == slug, Site.id.in_(site_ids)))
    if site is None:
        raise NotFound("There is no such site.")
    return site


def slug_of(name: str) -> str:
    """The short name for addresses: "Quayside Cats & Small Pets" is quayside-cats-small-pets."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "site"


def _free_slug(session: Session, name: str) -> str:
    base = slug_of(name)
    taken = set(session.scalars(select(Site.slug).where(Site.slug.startswith(base, autoescape=True))))
    if base not in taken:
        return base
    return next(f"{base}-{number}" for number in range(2, len(taken) + 3) if f"{base}-{number}" not in taken)


def _refuse_taken(session: Session, columns: dict[str, Any], site_id: int | None) -> None:
    wrong = {}
    others = select(Site.id).where(Site.id != (site_id or 0))
    if session.scalar(others.where(func.lower(Site.name) == columns["name"].lower()).limit(1)):
        wrong["name"] = "Another site has this name."
    prefix = columns["invoice_prefix"]
    if prefix and session.scalar(others.where(Site.invoice_prefix == prefix).limit(1)):
        wrong["invoice_prefix"] = "Another site numbers its invoices with this prefix."
    if wrong:
        raise Invalid(wrong)


def _has_invoices(session: Session, site_id: int) -> bool:
    return session.scalar(select(Invoice.id).where(Invoice.site_id == site_id).limit(1)) is not None


def _copy_roles(work: Work, site_id: int) -> None:
    """Who adds a site has to see it (H-1)."""
    mine = select(StaffRole.role_id).where(
        StaffRole.staff_id == work.actor.staff_id, StaffRole.site_id == work.site.id
    )
    rows = [
        {"staff_id": work.actor.staff_id, "site_id": site_id, "role_id": role_id}
        for role_id in work.session.scalars(mine)
    ]
    if rows:
        work.session.execute(insert(StaffRole), rows)


def _audit(work: Work, action: str, site: Site, detail: dict[str, Any]) -> None:
    record(
        work.session,
        action,
        staff_id=work.actor.staff_id,
        site_id=site.id,
        subject=f"site:{site.id}",
        detail=detail,
    )


_ZONES: Final = frozenset(
    zone
    for zone in available_timezones()
    if zone == "UTC"
    or zone.split("/")[0]
    in {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)
