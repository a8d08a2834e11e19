"""The page of jobs: last and next run, history, run now, pause and go on (PL-9)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from core.tests.platform.sampler.plugin import Sampler
from fetlock import JobRun, clock
from fetlock.domain.staff.models import RolePermission
from fetlock.jobs.models import JobState
from fetlock_hostapp.testing import WebClinic
from hostapp.tests.jobs.conftest import run_all

JOBS = "/s/north/administration/jobs"


def job_id(web: WebClinic) -> int:
    with web.runtime.database.reading() as session:
        return session.scalars(
            select(JobState.id).where(JobState.site_id == web.clinic.records.sites["north"])
        ).one()


@pytest.mark.req("PL-9")
def test_last_and_next_run_stand_on_the_page(web: WebClinic) -> None:
    staff = web.signed_in()
    page = staff.get(JOBS).text
    assert "Tick" in page
    assert "every 15 min" in page
    assert "not yet" in page
    run_all(web)
    with web.runtime.database.reading() as session:
        state = session.get_one(JobState, job_id(web))
    page = staff.get(JOBS).text
    assert "On schedule" in page
    assert "took 0.0" in page
    shown = staff.get(f"/api/v1/s/north/jobs/{state.id}").json()["job"]
    assert datetime.fromisoformat(shown["last_run_at"]) == state.last_run_at
    assert datetime.fromisoformat(shown["next_run_at"]) == state.next_run_at
    assert "Went well" in staff.get(f"{JOBS}/{state.id}").text


@pytest.mark.req("PL-9", "PL-5", "UI-3")
def test_a_failure_says_its_incident_and_what_happens_next(web: WebClinic, sampler: Sampler) -> None:
    def fail(_: JobRun) -> None:
        raise RuntimeError("Biscuit of the Whitfields")

    sampler.job = fail
    run_all(web)
    pages = [web.signed_in().get(path).text for path in (JOBS, f"{JOBS}/{job_id(web)}")]
    for page in pages:
        assert "Failed (incident " in page
        assert "Whitfields" not in page
    assert "tried again by itself" in pages[1]
    assert "1 failed" in web.signed_in().get(JOBS).text


@pytest.mark.req("PL-9", "H-5")
def test_run_now_by_a_person_is_run_and_noted(web: WebClinic, sampler: Sampler) -> None:
    runs: list[JobRun] = []
    run_all(web)
    sampler.job = runs.append
    staff = web.signed_in()
    answer = staff.post(f"{JOBS}/{job_id(web)}/run", data={"from": "list"})
    assert (answer.status_code, answer.headers["location"]) == (303, JOBS)
    assert "as soon as a worker takes it" in staff.get(JOBS).text
    run_all(web)
    assert [run.work.site.slug for run in runs] == ["north"]
    page = staff.get(f"{JOBS}/{job_id(web)}").text
    assert "Asked to run now" in page
    assert "asked for by" in page


@pytest.mark.req("PL-9", "UI-3")
def test_pausing_needs_a_reason_and_keeps_what_was_typed(web: WebClinic) -> None:
    staff = web.signed_in()
    here = f"{JOBS}/{job_id(web)}"
    refused = staff.post(f"{here}/pause", data={"reason": "  "})
    assert refused.status_code == 422
    assert "Give a reason" in refused.text
    assert staff.post(f"{here}/pause", data={"reason": "The vendor moves <house>"}).status_code == 303
    page = staff.get(here).text
    assert "The vendor moves &lt;house&gt;" in page
    assert "Paused" in staff.get(JOBS).text
    assert staff.post(f"{here}/run").status_code == 409
    assert staff.post(f"{here}/go-on").status_code == 303
    assert "On schedule" in staff.get(JOBS).text


@pytest.mark.req("PL-9", "H-3")
def test_who_may_see_may_not_run_by_that(web: WebClinic) -> None:
    nurse = web.signed_in("Nurse")
    assert nurse.get(JOBS).status_code == 403
    role_id = web.clinic.records.roles["Nurse"]
    web.runtime.database.write(
        lambda session: session.add(RolePermission(role_id=role_id, permission="plugins.jobs"))
    )
    page = nurse.get(JOBS)
    assert page.status_code == 200
    assert "Run now" not in page.text
    assert nurse.post(f"{JOBS}/{job_id(web)}/run").status_code == 403
    assert nurse.post(f"/api/v1/s/north/jobs/{job_id(web)}/pause", json={"reason": "x"}).status_code == 403


@pytest.mark.req("PL-9", "H-1")
def test_jobs_of_other_sites_are_not_here(web: WebClinic) -> None:
    staff = web.signed_in()
    web.clinic.switch("sampler", "off", site="south")
    assert f"/{job_id(web)}" not in staff.get("/s/south/administration/jobs").text
    assert staff.get(f"/s/south/administration/jobs/{job_id(web)}").status_code == 404
    assert "No job runs here" in staff.get("/s/south/administration/jobs").text


@pytest.mark.req("PL-9", "PL-11")
def test_programs_do_the_same(web: WebClinic) -> None:
    staff = web.signed_in()
    [listed] = staff.get("/api/v1/s/north/jobs").json()["items"]
    assert (listed["standing"], listed["every_seconds"], listed["per"]) == ("waiting", 900, "site")
    here = f"/api/v1/s/north/jobs/{listed['id']}"
    paused = staff.post(f"{here}/pause", json={"reason": "Maintenance"}).json()
    assert (paused["job"]["standing"], paused["job"]["pause"]["reason"]) == ("paused", "Maintenance")
    assert staff.post(f"{here}/pause", json={"reason": "Again"}).status_code == 409
    assert staff.post(f"{here}/go-on").json()["job"]["standing"] == "waiting"
    assert staff.post(f"{here}/run").status_code == 200
    run_all(web)
    [run] = staff.get(here).json()["past"]
    assert (run["outcome"], bool(run["by"])) == ("ok", True)
    assert staff.get("/api/v1/s/north/jobs/999999").status_code == 404


@pytest.mark.req("PL-9")
def test_the_page_costs_few_statements_however_many_runs(web: WebClinic) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for tick in range(12):
        with clock.set_to(now + timedelta(hours=tick)):
            run_all(web)
    staff = web.signed_in()
    staff.get(JOBS)
    statements: list[str] = []
    event.listen(
        web.runtime.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    staff.get(f"{JOBS}/{job_id(web)}")
    assert len([each for each in statements if each.startswith("SELECT")]) <= 11
