"""One soak: work, kills and faults for so many seconds, then peace, then the counting."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
import psycopg

from tests.soak import counting
from tests.soak.crowd import Crowd
from tests.soak.history import History
from tests.soak.household import SIMULATOR, WEB, WORKER, Household
from tests.soak.mailbox import Mailbox, mailbox
from tests.soak.preparing import Prepared, environment, prepare
from tests.soak.settling import settle
from tests.soak.smithy import smithy
from tests.soak.staff import Member
from tests.soak.vendor import Vendor

_HARNESS = "soak-harness"
_BETWEEN_BLOWS = 0.35
"""Seconds between what is done to the household, on average."""


@dataclass(slots=True)
class Soak:
    """What is wanted. `crowd` direct clients and `staff` people work at once; `harsh` crashes PostgreSQL."""

    url: str
    home: Path
    seed: str
    seconds: float
    crowd: int = 2
    staff: int = 2
    harsh: bool = False
    history: History = field(default_factory=History)


class SoakFailed(AssertionError):
    """Something was lost, doubled, half, or fell over; the message has the seed and the history."""


def run(soak: Soak) -> History:
    """Do it. Raises `SoakFailed`."""
    try:
        _run(soak)
    except Exception as error:
        raise SoakFailed(f"{error!r}\n{_told(soak)}") from error
    if soak.history.faults:
        raise SoakFailed(_told(soak))
    return soak.history


def _told(soak: Soak) -> str:
    history = soak.home / "history.log"
    history.write_text("\n".join(soak.history.lines))
    faults = "\n".join(dict.fromkeys(soak.history.faults[:20]))
    return (
        f"seed {soak.seed!r} on {soak.url}\n{dict(sorted(soak.history.counts.items()))}\n"
        f"--- the end of the history, which stands in {history}\n{soak.history.end()}\n--- faults\n{faults}"
    )


def _run(soak: Soak) -> None:
    soak.home.mkdir(parents=True, exist_ok=True)
    random, history = Random(soak.seed), soak.history
    with ExitStack() as stack:
        forge = stack.enter_context(smithy(environment(soak.home, soak.url), soak.home / "log"))
        household = Household(forge, soak.home, history, Random(f"{soak.seed}:household"))
        box = stack.enter_context(
            mailbox(Random(f"{soak.seed}:mail"), lambda: _strike(history, household, "after a letter"))
        )
        vendor = Vendor(household.vendor_address)
        stack.callback(vendor.close)
        prepared = prepare(soak.home, _own(soak.url), household.vendor_address, box.port)
        stack.callback(prepared.runtime.close)
        household.dying = False
        household.start("simulator-1")
        for name in ("web-1", "web-2", "worker-1", "worker-2"):
            household.start(name)
        household.await_ready()
        vendor.bring_plans()
        staff = _staff(soak, household, prepared)
        for member in staff:
            stack.callback(member.close)
            member.sign_in()
        _know_plans(prepared, staff[0])
        household.dying = True
        history.began = time.monotonic()
        crowd = Crowd(forge, history, soak.seed, soak.crowd)
        with _at_work(staff, history):
            _storm(soak, random, household, crowd, vendor)
        household.dying = False
        crowd.finish()
        box.troubled = False
        prepared.runtime.database.dispose()  # a crash of the server has ended its connections too
        _seconds(history, "seconds of work", history.began)
        begun = time.monotonic()
        settle(household, vendor, prepared, staff[0], history)
        _seconds(history, "seconds until all was settled", begun)
        _count(prepared, vendor, box, history)
        household.end_in_order()


def _seconds(history: History, kind: str, begun: float) -> None:
    history.note(kind, count=round(time.monotonic() - begun))


def _staff(soak: Soak, household: Household, prepared: Prepared) -> list[Member]:
    return [
        Member(f"staff-{number}", household.addresses, prepared.ids, soak.history, soak.seed)
        for number in range(soak.staff)
    ]


def _know_plans(prepared: Prepared, member: Member) -> None:
    """Have the plans looked up before the work begins."""
    from fetlock.tables import Entitlement

    deadline = time.monotonic() + 30
    for patient in prepared.records.patients.values():
        member.ask_for_plans("north", patient)
    while time.monotonic() < deadline:
        with prepared.clinic.reading() as session:
            if session.query(Entitlement).count() >= 9:
                return
        time.sleep(0.1)
    raise RuntimeError("the plans were never looked up")


@contextmanager
def _at_work(staff: list[Member], history: History) -> Iterator[None]:
    stop = threading.Event()

    def work(member: Member) -> None:
        while not stop.is_set():
            try:
                member.act()
            except Exception as error:  # noqa: BLE001  # told as a fault of the run
                history.fault(f"{member.name} fell over: {error!r}")
                return

    threads = [threading.Thread(target=work, args=(member,), name=member.name) for member in staff]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _storm(soak: Soak, random: Random, household: Household, crowd: Crowd, vendor: Vendor) -> None:
    history = soak.history
    blows: list[tuple[int, Callable[[], None]]] = [
        (9, lambda: household.kill_any(WORKER)),
        (6, lambda: household.kill_any(WEB)),
        (5, lambda: household.kill_any(SIMULATOR)),
        (14, lambda: history.note(f"fault of the vendor, {vendor.set_fault(random)}")),
        (8, vendor.mend),
        (4, lambda: history.note("vendor includes more", vendor.give_more(random))),
    ]
    if soak.url.startswith("postgresql"):
        blows.append((8, lambda: _end_backend(soak, random)))
    if soak.harsh:
        blows.append((1, lambda: _crash_postgres(soak, random)))
    weights = [weight for weight, _ in blows]
    end, next_blow = time.monotonic() + soak.seconds, 0.0
    for _ in itertools.count():
        now = time.monotonic()
        if now > end or len(history.faults) > 10:
            return
        crowd.tend()
        household.look_after()
        if now > next_blow:
            next_blow = now + random.expovariate(1 / _BETWEEN_BLOWS)
            try:
                random.choices([blow for _, blow in blows], weights)[0]()
            except httpx.HTTPError:
                history.note("the simulator was away")
            except psycopg.OperationalError:
                history.note("PostgreSQL was still recovering")
        time.sleep(0.01)


def _strike(history: History, household: Household, where: str) -> None:
    if household.dying:
        history.note(f"worker struck {where}")
        household.kill_any(WORKER)


def _end_backend(soak: Soak, random: Random) -> None:
    """End a connection from inside, as a failing network would."""
    for pid in _backends(soak, random)[:1]:
        with _administrator(soak) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        soak.history.note("kill connection, pg_terminate_backend")


def _crash_postgres(soak: Soak, random: Random) -> None:
    """SIGKILL to a backend: the whole server drops everybody and recovers from its log."""
    for pid in _backends(soak, random)[:1]:
        os.kill(pid, signal.SIGKILL)
        soak.history.note("kill PostgreSQL backend, the server recovers")


def _backends(soak: Soak, random: Random) -> list[int]:
    with _administrator(soak) as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend' AND application_name <> %s",
            (_HARNESS,),
        ).fetchall()
    found = [pid for (pid,) in rows]
    random.shuffle(found)
    return found


def _own(url: str) -> str:
    """The database for the harness itself, whose connections are not ended."""
    return f"{url}&application_name={_HARNESS}" if url.startswith("postgresql") else url


def _administrator(soak: Soak) -> "psycopg.Connection[tuple[int]]":
    return psycopg.connect(soak.url.replace("+psycopg", ""), autocommit=True)


def _count(prepared: Prepared, vendor: Vendor, box: Mailbox, history: History) -> None:
    for look in counting.LOOKS:
        look(counting.Counted(prepared, vendor, box, history))
