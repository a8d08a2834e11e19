"""The worker: everything that reaches the outside, in the background, by leases that others can take over."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import httpx
from sqlalchemy.exc import SQLAlchemyError

from fetlock.contracts.http import Http
from fetlock.domain.idempotency import service as idempotency
from fetlock.domain.integrations import mailing as notices
from fetlock.domain.integrations import watching as integrations
from fetlock.domain.messages.sending import Mailer, send_next
from fetlock.errors import Busy, FetlockError
from fetlock.jobs import listing, running
from fetlock.outbox import asks_relay, claiming, heartbeat, redelivery, relay
from fetlock.outbox.retrying import Retrying
from fetlock.outbox.waking import Lane
from fetlock.outbox.watching import Watch
from fetlock.platform.incidents import record_incident
from fetlock.platform.runtime import Runtime
from fetlock.signals import reading as signals
from fetlock_hostapp.mailer import SmtpMailer

log = logging.getLogger(__name__)

_UNWATCHED_SECONDS: Final = 10.0
"""How long a lane waits at most, should the watch itself be in trouble."""
_STOP_SECONDS: Final = 0.4
_BEAT_SECONDS: Final = 5.0
_TIDY_SECONDS: Final = 60.0
_AFTER_TROUBLE_SECONDS: Final = 2.0
_MOST_AT_ONCE: Final = 200
"""How many of one kind are done before the worker looks at the others again."""

_TIMEOUTS: Final = httpx.Timeout(connect=5.0, read=15.0, write=15.0, pool=5.0)

Step = Callable[[], bool]
"""Does one thing of its kind; False where there is none."""


class Worker:
    """Delivers parcels, answers asks, repeats events, runs jobs, sends messages.

    `http` and `mailer` are for tests that need shorter time-outs; `job_lease`: after so long a run of a job
    counts as lost with its worker. Several workers may run on one database.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        rules: Retrying | None = None,
        name: str = "",
        http: httpx.Client | None = None,
        mailer: Mailer | None = None,
        job_lease: timedelta = running.LEASE,
    ) -> None:
        self._runtime = runtime
        self._rules = rules or Retrying()
        self.name = name or f"{socket.gethostname()[:40]}:{os.getpid()}:{os.urandom(2).hex()}"
        self._client = http or httpx.Client(timeout=_TIMEOUTS, follow_redirects=False)
        self._http: Http = self._client
        self._mailer = mailer or SmtpMailer()
        self._job_lease = job_lease
        self._awake = {lane: threading.Event() for lane in Lane}

    def run_once(self) -> int:
        """Do everything that is due now, in this thread; answers how many things that were."""
        self._tidy()
        done = 0
        while True:
            round_ = sum(self._drain(step) for step in self._steps())
            done += round_
            if not round_:
                return done

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; what is under way is finished first.

        Asks have a thread of their own, because a person is waiting; so have parcels and messages,
        because a slow service must not hold up the schedule.
        """
        threads = [
            threading.Thread(target=self._work, args=(stop, lane, steps), name=f"worker-{lane}")
            for lane, steps in {
                Lane.ASKS: (self._answer,),
                Lane.PARCELS: (self._deliver,),
                Lane.MESSAGES: (self._send,),
                Lane.SCHEDULE: (self._tell, self._run_job),
            }.items()
        ]
        watch = Watch(self._runtime.database, self._wake)
        threads.append(threading.Thread(target=watch.run, args=(stop,), name="worker-watch"))
        for thread in threads:
            thread.start()
        last_beat = last_tidy = float("-inf")
        while not stop.is_set():
            now = time.monotonic()
            if now - last_beat >= _BEAT_SECONDS and all(thread.is_alive() for thread in threads):
                last_beat = now
                self._guarded(self._beat)
            if now - last_tidy >= _TIDY_SECONDS:
                last_tidy = now
                self._guarded(self._tidy)
            stop.wait(_STOP_SECONDS)
        self._wake(frozenset(Lane))
        for thread in threads:
            thread.join()
        self._guarded(self._leave)

    def close(self) -> None:
        """Close the HTTP client."""
        self._client.close()

    def _wake(self, lanes: frozenset[Lane]) -> None:
        for lane in lanes:
            self._awake[lane].set()

    def _steps(self) -> tuple[Step, ...]:
        return (self._answer, self._tell, self._run_job, self._deliver, self._send)

    def _answer(self) -> bool:
        return asks_relay.answer_next(self._runtime, self._http)

    def _deliver(self) -> bool:
        return relay.deliver_next(self._runtime, self._http, self.name, self._rules)

    def _send(self) -> bool:
        return send_next(self._runtime, self._mailer, self._http, self._rules) or notices.send_next(
            self._runtime, self._mailer, self._rules
        )

    def _tell(self) -> bool:
        return redelivery.tell_next(self._runtime, self._rules)

    def _run_job(self) -> bool:
        return running.run_next(self._runtime, lease=self._job_lease)

    def _work(self, stop: threading.Event, lane: Lane, steps: tuple[Step, ...]) -> None:
        awake = self._awake[lane]
        while not stop.is_set():
            awake.clear()  # before looking: what comes from now on wakes again
            try:
                done = sum(self._drain(step, stop) for step in steps)
            except (SQLAlchemyError, Busy) as error:
                log.warning("the database is in trouble, the worker pauses: %s", type(error).__name__)
                stop.wait(_AFTER_TROUBLE_SECONDS)
                continue
            except Exception as error:  # noqa: BLE001  # a fault of our own must not end the worker
                record_incident(plugin="host", hook="worker", error=error)
                stop.wait(_AFTER_TROUBLE_SECONDS)
                continue
            if not done:
                awake.wait(_UNWATCHED_SECONDS)

    def _drain(self, step: Step, stop: threading.Event | None = None) -> int:
        done = 0
        while done < _MOST_AT_ONCE and not (stop is not None and stop.is_set()) and step():
            done += 1
        return done

    def _beat(self) -> None:
        self._runtime.database.write(lambda session: heartbeat.beat(session, self.name))

    def _leave(self) -> None:
        self._runtime.database.write(lambda session: heartbeat.leave(session, self.name))

    def _tidy(self) -> None:
        """What needs doing now and then: the schedule's new places, rows held in vain, what is old."""
        runtime = self._runtime
        runtime.database.write(lambda session: running.plan(session, runtime))
        integrations.watch(runtime)  # before what was held is due again: that must first have its chance
        runtime.database.write(lambda session: claiming.resume_held(session, runtime))
        runtime.database.write(asks_relay.forget_old)
        runtime.database.write(signals.forget_old)
        runtime.database.write(listing.forget_old)
        runtime.database.write(idempotency.forget_old)

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (SQLAlchemyError, FetlockError) as error:
            log.warning("the worker could not do its rounds: %s", type(error).__name__)
