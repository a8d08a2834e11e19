"""The transactions of a request: a desk for reading, or work that is written, and what is drawn then."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from fetlock.database.holding import held
from fetlock.domain.audit import own_transaction
from fetlock.domain.audit.own_transaction import note_denial, record_view
from fetlock.errors import FetlockError, NotFound, NotPermitted
from fetlock_hostapp.web.kernel import idempotency
from fetlock_hostapp.web.kernel.context import StaffRequest
from fetlock_hostapp.web.kernel.desk import Desk
from fetlock_hostapp.web.kernel.refusals import refusal_of

if TYPE_CHECKING:
    from fetlock_hostapp.web.kernel.kernel import Kernel

S = TypeVar("S")
T = TypeVar("T")


@contextmanager
def reading(request: StaffRequest) -> Iterator[Desk]:
    """A desk in a transaction that cannot write."""
    kernel: Kernel = request.app.state.kernel
    with kernel.runtime.database.reading() as session:
        try:
            with _plugin_held(request, session, writes=False):
                yield Desk(request, session, writes=False)
        except NotPermitted as error:
            _note_denial(request, error)
            raise


@contextmanager
def viewing(request: StaffRequest, subject: str, *, reason: str = "") -> Iterator[Desk]:
    """As `reading`, for records whose views are audited: it is recorded that the person sees `subject` now.

    `subject` names the record ("patient:57"). Recorded in a transaction of its own, before anything is read.
    """
    kernel: Kernel = request.app.state.kernel
    context = request.context
    site_id = context.site.id if context.site is not None else None
    record_view(kernel.runtime.database, context.actor, subject, site_id=site_id, reason=reason)
    with reading(request) as desk:
        yield desk


def note_export(request: StaffRequest, what: str) -> None:
    """Record that the person takes a list away as a file: "invoices"; in a transaction of its own (H-5)."""
    kernel: Kernel = request.app.state.kernel
    context = request.context
    site_id = context.site.id if context.site is not None else None
    own_transaction.note_export(kernel.runtime.database, context.actor, what, site_id=site_id)


def writing(
    request: StaffRequest,
    work: Callable[[Desk], T],
    again: Callable[[Desk, FetlockError], T] | None = None,
) -> T:
    """Run `work` at a desk in a writing transaction and commit; rerun it whole when the database was busy.

    `again` draws the form once more after a refusal (invalid, conflict, blocked, busy), rolled back, in a
    fresh reading transaction. What isn't there or isn't allowed is raised on.
    """
    return _write(request, work, None, again)


def saving(
    request: StaffRequest,
    work: Callable[[Desk], S],
    then: Callable[[Desk, S], T],
    again: Callable[[Desk, FetlockError], T] | None = None,
) -> T:
    """As `writing`, but the answer is drawn by `then`, from what `work` answered, once that is committed.

    For answers that are more than a redirect: drawing takes longer than a writing transaction should.
    """
    return _write(request, work, then, again)


def _write(
    request: StaffRequest,
    work: Callable[[Desk], Any],
    then: Callable[[Desk, Any], T] | None,
    again: Callable[[Desk, FetlockError], T] | None,
) -> T:
    kernel: Kernel = request.app.state.kernel
    asked = idempotency.noted(request)

    def attempt(session: Session) -> Any:
        desk = Desk(request, session, writes=True)

        def do(also: Callable[[Desk, Any], T] | None) -> Any:
            with _plugin_held(request, session, writes=True):
                done = work(desk)
                session.flush()  # what is left to be written is written as whose it is
                if also is None:
                    return done
                session.expire_all()  # what was read before it changed is read afresh
                return also(desk, done)

        # where it is noted, the answer is kept with the work, so it is drawn before the commit
        return do(None) if asked is None else idempotency.once(request, session, asked, lambda: do(then))

    try:
        outcome = kernel.runtime.database.write(attempt)
    except (IntegrityError, DataError, OverflowError) as error:
        refused: FetlockError = refusal_of(error)
        refused.__cause__ = error
    except NotPermitted as error:
        _note_denial(request, error)
        raise
    except NotFound:
        raise
    except FetlockError as error:
        refused = error
    else:
        if asked is not None:
            idempotency.done(request)
        if then is None or asked is not None:
            return cast("T", outcome)
        with reading(request) as desk:
            return then(desk, outcome)
    if again is None:
        raise refused
    with reading(request) as desk:
        return again(desk, refused)


def _plugin_held(request: StaffRequest, session: Session, *, writes: bool) -> AbstractContextManager[object]:
    """Hold the code of a plugin's own route to its own tables and to `fetlock.services` (PL-5)."""
    name = request.context.access.plugin
    if not name:
        return nullcontext()
    kernel: Kernel = request.app.state.kernel
    prefix = kernel.runtime.registry.plugins[name].manifest.table_prefix
    return held(name, f"{prefix}_" if prefix else "", writes=writes, session=session)


def _note_denial(request: StaffRequest, error: NotPermitted) -> None:
    """To the audit log, once the refused transaction is undone (H-5)."""
    kernel: Kernel = request.app.state.kernel
    context = request.context
    site_id = context.site.id if context.site is not None else None
    where = f"{request.method} {request.scope['path']}"
    note_denial(kernel.runtime.database, context.actor, error.permission, site_id=site_id, where=where)
