"""The pages of jobs: the list, one with its history, and what a person does about it."""

from collections.abc import Callable
from typing import Any

from litestar import get, post

from fetlock.domain.audit import reading as audit
from fetlock.errors import FetlockError
from fetlock.jobs import deeds, listing
from fetlock.jobs.listing import JobView
from fetlock.outbox import heartbeat
from fetlock_hostapp.plugin import (
    AdministrationItem,
    Desk,
    Form,
    FormData,
    FromPath,
    FromQuery,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.jobs import words

BASE = "administration/jobs"
VIEW = "plugins.jobs"
RUN = deeds.PERMISSION


@get(f"/{BASE}", permission=VIEW, sync_to_thread=True)
def job_list(request: StaffRequest) -> Html:
    """What plugins do here on a schedule."""
    with reading(request) as desk:
        jobs = listing.at_site(desk.work)
        return desk.page("jobs/list.html", jobs=jobs, **_around(desk))


@get(f"/{BASE}/{{job_id:int}}", permission=VIEW, sync_to_thread=True)
def job_page(request: StaffRequest, job_id: FromPath[int], ask: FromQuery[str] = "") -> Html:
    """One job with its last runs; `ask=pause` opens that question."""
    with reading(request) as desk:
        return desk.page("jobs/job.html", **_job(desk, job_id, asking=ask))


@post(f"/{BASE}/{{job_id:int}}/run", permission=RUN, sync_to_thread=True)
def run_now(request: StaffRequest, job_id: FromPath[int], data: FormData) -> Html:
    """Run it at once; the schedule stays as it is."""

    def work(desk: Desk) -> Html:
        view = deeds.run_now(desk.work, job_id)
        return desk.redirect(_back(data, job_id), ok=f"“{view.label}” runs as soon as a worker takes it.")

    return writing(request, work, again=_again(job_id, "", data))


@post(f"/{BASE}/{{job_id:int}}/pause", permission=RUN, sync_to_thread=True)
def pause(request: StaffRequest, job_id: FromPath[int], data: FormData) -> Html:
    """Leave this site out until it goes on, with a reason that everybody sees."""

    def work(desk: Desk) -> Html:
        view = deeds.pause(desk.work, job_id, data.text("reason"))
        return desk.redirect(f"{BASE}/{job_id}", ok=f"“{view.label}” is paused at {desk.site.name}.")

    return writing(request, work, again=_again(job_id, "pause", data))


@post(f"/{BASE}/{{job_id:int}}/go-on", permission=RUN, sync_to_thread=True)
def go_on(request: StaffRequest, job_id: FromPath[int], data: FormData) -> Html:
    """Take this site in again."""

    def work(desk: Desk) -> Html:
        view = deeds.go_on(desk.work, job_id)
        return desk.redirect(_back(data, job_id), ok=f"“{view.label}” goes on at {desk.site.name}.")

    return writing(request, work, again=_again(job_id, "", data))


def _job(
    desk: Desk,
    job_id: int,
    *,
    asking: str = "",
    typed: Form | None = None,
    error: FetlockError | None = None,
) -> dict[str, Any]:
    view: JobView = listing.get(desk.work, job_id)
    past = [(run.ended_at, _run(run)) for run in listing.history(desk.session, view)]
    deeds = audit.about(desk.session, f"job:{job_id}", tuple(words.DEEDS), site_id=desk.site.id, limit=50)
    past += [(deed.at, _deed(deed)) for deed in deeds]
    past.sort(key=lambda entry: entry[0], reverse=True)
    return {
        "job": view,
        "past": [{"at": at, **entry} for at, entry in past],
        "asking": asking if asking == "pause" and view.pause is None and desk.may(RUN) else "",
        "typed": typed or Form(),
        "errors": error,
        **_around(desk),
    }


def _around(desk: Desk) -> dict[str, Any]:
    return {
        "alive": heartbeat.alive(desk.session),
        "may_run": desk.may(RUN),
        "base": desk.url(BASE),
        **words.as_context(),
    }


def _run(run: listing.RunView) -> dict[str, Any]:
    kind, word = words.OUTCOMES[run.outcome]
    worked = words.lasted(run.ms) + (f" in {run.parts} parts" if run.parts > 1 else "")
    by = f"asked for by {run.by}" if run.by else ""
    return {"kind": kind, "icon": None, "title": word, "text": run.problem, "took": worked, "by": by}


def _deed(deed: audit.Deed) -> dict[str, Any]:
    icon, word = words.DEEDS[deed.action]
    return {
        "kind": "off",
        "icon": icon,
        "title": word,
        "text": deed.reason,
        "took": "",
        "by": deed.staff_name,
    }


def _back(data: Form, job_id: int) -> str:
    """To where the button stood."""
    return BASE if data.text("from") == "list" else f"{BASE}/{job_id}"


def _again(job_id: int, asking: str, data: Form) -> Callable[[Desk, FetlockError], Html]:
    def again(desk: Desk, error: FetlockError) -> Html:
        shown = _job(desk, job_id, asking=asking, typed=data, error=error)
        return desk.page("jobs/job.html", status=status_of(error), **shown)

    return again


HANDLERS = [job_list, job_page, run_now, pause, go_on]

ADMINISTRATION = [
    AdministrationItem(label="Jobs", href=BASE, permission=VIEW, icon="wait", heading="Plugins", weight=70)
]
