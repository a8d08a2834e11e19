"""What the plugin shows of a patient, and asks because a patient's page was opened."""

import pytest

from tests.dummy_plugin.counting import context_of, names
from tests.hook_contracts.club_service import ClubService
from tests.hook_contracts.hosting import Host


@pytest.fixture
def member(host: Host) -> Host:
    """57A is a member; 57B is not."""
    host.join("57A")
    return host


def of(host: Host, patient: str, rest: str) -> str:
    return f"patients/{host.clinic.records.patients[patient]}/{rest}".rstrip("/")


@pytest.mark.req("PL-7", "H-14")
def test_patient_panels_come_in_a_request_of_their_own(member: Host) -> None:
    page = member.page(of(member, "57A", ""), role="Receptionist")
    assert "patient_panels" not in names(), "the page itself waits for no plugin"
    assert of(member, "57A", "panels/dummy") in page
    card = member.page(of(member, "57A", "panels/dummy"), role="Receptionist")
    assert "Club member M-57A" in card
    assert of(member, "57A", "club") in card
    context = context_of("patient_panels")
    assert (context.patient.code, context.site.slug, context.viewer.may("dummy.view")) == (
        "57A",
        "north",
        True,
    )
    assert "Club member" not in member.page(of(member, "57A", "panels/dummy"), role="Nurse")
    assert "Club member" not in member.page(of(member, "57B", "panels/dummy"))


@pytest.mark.req("PL-7", "H-14")
def test_patient_icons_come_with_the_panels_into_the_strip(member: Host) -> None:
    assert 'id="signs-dummy"' in member.page(of(member, "57A", ""))
    card = member.page(of(member, "57A", "panels/dummy"))
    assert "Member of the club" in card.partition('id="signs-dummy"')[2]
    assert "Member of the club" not in member.page(of(member, "57B", "panels/dummy"))


@pytest.mark.req("PL-7", "CP-36")
def test_benefit_plans_stand_in_the_shared_tab_with_their_own_detail(member: Host) -> None:
    tab = member.page(of(member, "57A", "plans"), role="Receptionist")
    assert "Care Plan: Dummy Club" in tab
    detail = f"club/patients/{member.clinic.patient_id}/plan"
    assert f"/s/north/{detail}" in tab
    assert "One bag of food a year for Biscuit" in member.page(detail, role="Receptionist")
    assert of(member, "57A", "plans") in member.page(of(member, "57A", "")), "the tab is offered"
    member.switch("off")
    assert of(member, "57A", "plans") not in member.page(of(member, "57A", "")), "nobody else has plans"
    assert member.staff().get(f"/s/north/{of(member, '57A', 'plans')}").status_code == 404


@pytest.mark.req("PL-7", "CP-42")
def test_no_benefit_plans_say_what_to_check(member: Host) -> None:
    tab = member.page(of(member, "57B", "plans"))
    path = f"club/patients/{member.clinic.records.patients['57B']}/no-plan"
    assert f"/s/north/{path}" in tab
    assert "The club knows no patient 57B." in member.page(path)
    member.page(of(member, "57A", "plans"))
    assert names().count("no_benefit_plans") == 1, "nobody is asked where there is a plan"


@pytest.mark.req("PL-7", "UI-3")
def test_patient_questions_are_stored_and_answered_by_the_worker(host: Host, club: ClubService) -> None:
    assert of(host, "57A", "questions") in host.page(of(host, "57A", ""))
    for _ in range(2):
        asked = host.staff().post(f"/s/north/{of(host, '57A', 'questions')}", headers={"hx-request": "true"})
        assert of(host, "57A", "questions/dummy?key=") in asked.text, "where the page looks for the answer"
    assert club.paths() == [], "a page never reaches the outside"
    host.work_off()
    assert club.paths() == ["GET /members/57A"], "the same question that still waits is asked once"
    assert "Club member M-57A" in host.page(of(host, "57A", "panels/dummy"))
    host.staff().post(f"/s/north/{of(host, '57A', 'questions')}", headers={"hx-request": "true"})
    host.work_off()
    assert len(club.asked) == 1, "what is known is fresh"
