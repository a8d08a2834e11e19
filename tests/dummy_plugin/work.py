"""What the plugin does in units of work of its own: keeping an answer, a job, what to mind when it goes."""

from collections.abc import Sequence

from sqlalchemy import func, select
from typing_extensions import override

from fetlock import AppliedAnswer, JobRun, Work, hookimpl
from fetlock.hooks import WorkHooks
from fetlock.services import ask
from fetlock.tables import Patient
from tests.dummy_plugin.members import keep_member, question
from tests.dummy_plugin.models import Member
from tests.dummy_plugin.naming import JOIN, NAME


class OwnWork(WorkHooks):
    """The hooks with a unit of work."""

    @hookimpl
    @override
    def apply_ask(self, answered: AppliedAnswer) -> None:
        if answered.question == JOIN:
            keep_member(answered.work, answered.asked["patient_id"], answered.answer)

    @hookimpl
    @override
    def run_job(self, run: JobRun) -> None:
        rows = run.work.session.execute(
            select(Patient.id, Patient.code).join(Member, Member.patient_id == Patient.id)
        )
        for row in rows:
            wanted = question(row.id, row.code)
            ask(run.work, NAME, wanted.question, wanted.data, subject=wanted.subject)

    @hookimpl
    @override
    def open_work(self, work: Work) -> Sequence[str]:
        owing = work.session.scalar(select(func.count()).select_from(Member).where(Member.owes_fee))
        return [f"{owing} members owe the club their fee."] if owing else []
