"""H-1: sites with their zone, currency, locale and numbering."""

from typing import Any

import pytest

from fetlock.contracts.actor import Actor
from fetlock.domain.sites import service
from fetlock.domain.sites.currencies import USABLE, refusal
from fetlock.domain.sites.models import Site
from fetlock.domain.sites.service import SiteDraft
from fetlock.domain.staff import reach
from fetlock.errors import Invalid, NotFound, NotPermitted
from fetlock.testing import Clinic

HARBOUR: dict[str, Any] = {
    "name": "Harbour",
    "time_zone": "Europe/Dublin",
    "currency": "eur",
    "locale": "en-IE",
    "country": "ie",
    "invoice_prefix": "HB",
}


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.mark.req("H-1")
def test_a_site_is_added_and_seen_by_whoever_added_it(clinic: Clinic) -> None:
    site = clinic.run(lambda work: service.add(work, SiteDraft(**HARBOUR)))
    assert (site.slug, site.currency, site.locale, site.country) == ("harbour", "EUR", "en_IE", "IE")
    with clinic.reading() as session:
        assert reach.reach_of(session, clinic.records.staff["Administrator"]).at(site.id).everything
        assert not reach.reach_of(session, clinic.records.staff["Nurse"]).at(site.id).permissions


@pytest.mark.req("H-1")
@pytest.mark.parametrize("code", ["JPY", "KWD", "CLF", "DEM", "XXX", "US", ""])
def test_a_currency_without_two_decimals_is_refused_with_the_reason(clinic: Clinic, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        clinic.run(lambda work: service.add(work, SiteDraft(**(HARBOUR | {"currency": code}))))
    assert set(refused.value.fields) == {"currency"}
    assert ("decimals" in refused.value.fields["currency"]) == (code in ("JPY", "KWD", "CLF"))


def test_usable_currencies_have_three_letters_each_once() -> None:
    assert all(len(code) == 3 and code.isupper() for code in USABLE)
    assert len(set(USABLE)) == len(USABLE)
    assert not any(refusal(code) for code in USABLE)


@pytest.mark.req("H-1")
def test_every_wrong_field_is_named_at_once(clinic: Clinic) -> None:
    typed = {
        "name": " ",
        "time_zone": "Mars/Olympus",
        "currency": "?",
        "locale": "English",
        "country": "Ireland",
        "invoice_prefix": "no blanks",
        "phone": "1" * 41,
    }
    with pytest.raises(Invalid) as refused:
        clinic.run(lambda work: service.add(work, SiteDraft(**(HARBOUR | typed))))
    assert set(refused.value.fields) == set(typed)


@pytest.mark.req("H-1")
def test_names_and_invoice_prefixes_are_each_sites_own(clinic: Clinic) -> None:
    taken = HARBOUR | {"name": "NORTH clinic", "invoice_prefix": "NC"}
    with pytest.raises(Invalid) as refused:
        clinic.run(lambda work: service.add(work, SiteDraft(**taken)))
    assert set(refused.value.fields) == {"name", "invoice_prefix"}


@pytest.mark.req("H-1")
def test_short_names_are_made_from_names_and_never_meet() -> None:
    assert service.slug_of("Quayside Cats & Small Pets") == "quayside-cats-small-pets"
    assert service.slug_of("Żółć Æ") == "zoc"
    assert service.slug_of("猫") == "site"


@pytest.mark.req("H-1")
def test_a_second_site_of_the_same_short_name_gets_a_number(clinic: Clinic) -> None:
    first = clinic.run(lambda work: service.add(work, SiteDraft(**HARBOUR)))
    other = HARBOUR | {"name": "Harbour!", "invoice_prefix": ""}
    second = clinic.run(lambda work: service.add(work, SiteDraft(**other)))
    assert (first.slug, second.slug) == ("harbour", "harbour-2")


@pytest.mark.req("H-1")
def test_the_currency_stays_once_there_are_invoices(clinic: Clinic) -> None:
    def change(work: Any, **more: Any) -> Site:
        site = service.seen(work.session, list(clinic.records.sites.values()), "north")
        values = {n: getattr(site, n) for n in SiteDraft.__dataclass_fields__}
        return service.change(work, site, SiteDraft(**(values | more)))

    assert clinic.run(lambda work: change(work, currency="CAD", discounts_stack=True)).discounts_stack
    from fetlock.domain.invoices.lines import add_lines

    clinic.run(lambda work: add_lines(work, clinic.client_id, [clinic.line("NAIL")]))
    with pytest.raises(Invalid) as refused:
        clinic.run(lambda work: change(work, currency="USD"))
    assert "invoices in CAD" in refused.value.fields["currency"]
    assert clinic.run(lambda work: change(work, city="Hartford")).city == "Hartford"


@pytest.mark.req("H-1")
def test_sites_of_others_are_not_found_and_changes_need_permission(clinic: Clinic) -> None:
    with clinic.reading() as session, pytest.raises(NotFound):
        service.seen(session, [clinic.records.sites["north"]], "south")
    nobody = Actor(staff_id=clinic.records.staff["Nurse"], name="Nurse")
    with pytest.raises(NotPermitted, match=r"sites\.edit"):
        clinic.run(lambda work: service.add(work, SiteDraft(**HARBOUR)), actor=nobody)
