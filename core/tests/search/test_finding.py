"""The search finds clients, patients and invoices in whatever form they are typed (H-10, H-12)."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fetlock.domain.clients import service as clients
from fetlock.domain.clients.draft import ClientDraft
from fetlock.domain.clients.phones import TypedPhone
from fetlock.domain.invoices import closing, lines, payments
from fetlock.domain.patients import owners
from fetlock.domain.patients import service as patients
from fetlock.domain.patients.draft import PatientDraft
from fetlock.domain.search.finding import Results, find
from fetlock.domain.search.folding import fold, indexed_words, words
from fetlock.testing import Clinic
from fetlock.work import Work

D = Decimal


@pytest.fixture
def clinic_database_url(database_url: str) -> str:
    return database_url


@pytest.fixture
def clinic(clinic: Clinic) -> Clinic:
    def fill(work: Work) -> None:
        aoife = clients.create(
            work,
            ClientDraft(
                account_number="570",
                first_name="Aoife",
                last_name="O’Shaughnessy-Featherstonehaugh",
                phones=(TypedPhone("mobile", "(860) 555-0142"),),
                emails=("k.smit@quaymail.example",),
            ),
        )
        draft = PatientDraft(name="Zoë 🐾", species="Cat", microchip="985 112 004 337 218")
        patients.create(work, aoife.id, draft)
        patients.create(work, aoife.id, replace(draft, name="NA", microchip=""))

    clinic.run(fill)
    return clinic


def search(clinic: Clinic, text: str, limit: int = 8) -> Results:
    with clinic.reading() as session:
        site_id = clinic.records.sites["north"]
        return find(session, text, site_id=site_id, region="US", limit=limit)


@pytest.mark.req("H-10", "H-12")
@pytest.mark.parametrize(
    "typed",
    [
        "(860) 555-0142", "8605550142", "860-555", "+1 860 555", "18605550142", "555-0142", "0142",
        "+18605550142", "605 550",
        "aoife", "AOIFE", "shaughnessy", "o'shaughnessy", "oshau", "O’Sh", "feather aoife", "aoi o'sha",
        "nessy-feath", "@quay",
        "k.smit@quaymail.example", "K.SMIT@", "smit", "quaymail",
        "570",
    ],
)  # fmt: skip
def test_a_client_is_found(clinic: Clinic, typed: str) -> None:
    assert [found.code for found in search(clinic, typed).clients] == ["570"]


@pytest.mark.req("H-12")
@pytest.mark.parametrize(
    "typed",
    [
        "zoe",
        "Zoë",
        "ZOE",
        "🐾",
        "zoe feather",
        "aoife zoë",
        "570a",
        "985112004337218",
        "985 112 004",
        "337 218",
    ],
)
def test_a_patient_is_found(clinic: Clinic, typed: str) -> None:
    assert search(clinic, typed).patients[0].code == "570A"


def test_who_bears_the_name_comes_before_who_is_found_by_the_owner(clinic: Clinic) -> None:
    draft = PatientDraft(name="Little Whitfield")
    clinic.run(lambda work: patients.create(work, clinic.client_id, draft))
    assert [found.code for found in search(clinic, "whit").patients] == ["57C", "57A", "57B"]


def test_na_is_a_name_like_any_other(clinic: Clinic) -> None:
    assert [found.code for found in search(clinic, "NA feather").patients] == ["570B"]


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "zzz", "zoe zzz", "'; drop table client --"])
def test_nothing_is_found_for_what_is_not_there(clinic: Clinic, typed: str) -> None:
    assert not search(clinic, typed)


def test_an_exact_id_comes_first(clinic: Clinic) -> None:
    found = search(clinic, "57")
    assert [client.code for client in found.clients] == ["57", "570"]
    assert [patient.code for patient in search(clinic, "57a").patients] == ["57A"]
    assert len(search(clinic, "57", limit=1).clients) == 1


@pytest.mark.req("H-11", "H-12")
def test_a_former_id_is_still_found(clinic: Clinic) -> None:
    moss = clinic.records.patients["58A"]
    clinic.run(lambda work: owners.change_owner(work, moss, clinic.client_id, seen_revision=1))
    [found] = search(clinic, "58a").patients
    assert (found.id, found.code, found.former_code) == (moss, "57C", "58A")


@pytest.mark.req("H-10")
def test_what_is_changed_is_found_under_its_new_words_only(clinic: Clinic) -> None:
    def change(work: Work) -> None:
        client = clients.by_account_number(work.session, "570")
        assert client is not None
        draft = replace(clients.draft_of(client), last_name="Petrosyan", phones=(), emails=())
        clients.update(work, client.id, draft, seen_revision=1)

    clinic.run(change)
    assert search(clinic, "petros").clients
    for gone in ("shaughnessy", "8605550142", "smit"):
        assert not search(clinic, gone)


@pytest.mark.req("H-12")
def test_an_invoice_is_found_by_its_number_at_its_site(clinic: Clinic) -> None:
    exam = clinic.line("EXAM")
    invoice = clinic.run(lambda work: lines.add_lines(work, clinic.client_id, [exam])).invoice
    assert [f.id for f in search(clinic, f"draft {invoice.id}").invoices] == [invoice.id]
    clinic.run(lambda work: payments.take_payment(work, invoice.id, D(58), "card"))
    closed = clinic.run(lambda work: closing.close(work, invoice.id))
    for typed in (closed.title, closed.title.lower(), str(closed.number)):
        assert [found.title for found in search(clinic, typed).invoices] == [closed.title]
    with clinic.reading() as session:
        south = clinic.records.sites["south"]
        assert not find(session, closed.title, site_id=south, region="US").invoices


def test_folding() -> None:
    assert fold("Zoë ÄÖ") == "zoe ao"
    assert words("O’Shaughnessy-Feather, Aoife") == ["o", "shaughnessy", "feather", "aoife"]
    assert "oshaughnessy" in indexed_words("O’Shaughnessy")
    assert words("Straße") == words("STRASSE") == ["strasse"]
