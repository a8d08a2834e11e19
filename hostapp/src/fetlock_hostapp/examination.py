"""Looking whether this installation can work: what `fetlock doctor` tells (OP-4)."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from fetlock.domain.audit import checks, signing
from fetlock.domain.plugins.models import PluginSetting
from fetlock.domain.sites.founding import is_founded
from fetlock.errors import FetlockError
from fetlock.outbox import heartbeat
from fetlock.platform import migrations
from fetlock.platform.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Finding:
    """One look: what was looked at, and what is wrong there and what to do; empty where all is well."""

    key: str
    label: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return not self.problem


def examine(runtime: Runtime) -> list[Finding]:
    """Look at everything that must be well; what stands on a failed look is left out."""
    found = [_looked("database", "The database answers", lambda: _database(runtime))]
    if found[0].ok:
        found.append(_looked("migrations", "The tables are up to date", lambda: _migrations(runtime)))
        if found[-1].ok:
            found.append(_looked("setup", "The installation is set up", lambda: _set_up(runtime)))
            found.append(_looked("worker", "A worker is running", lambda: _worker(runtime)))
            found.append(_looked("secrets", "Stored secrets can be read", lambda: _secrets(runtime)))
            found.append(_looked("audit", "The audit log is whole at its end", lambda: _audit(runtime)))
        else:
            found.append(_looked("secrets", "The key can be read", lambda: _key(runtime)))
    found.append(_looked("plugins", "Every installed plugin works", lambda: _plugins(runtime)))
    return found


def _looked(key: str, label: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(key, label, look())
    except FetlockError as error:
        return Finding(key, label, error.message)
    except SQLAlchemyError as error:
        first = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return Finding(key, label, f"The database does not answer as it should: {first}")


def _database(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        session.execute(text("SELECT 1"))
    return ""


def _migrations(runtime: Runtime) -> str:
    waiting = migrations.pending(runtime.database, runtime.registry)
    if not waiting:
        return ""
    named = "; ".join(str(each) for each in waiting)
    advice = "Install the newer version." if any(p.newer for p in waiting) else "Run: fetlock db upgrade"
    return f"{named}. {advice}"


def _set_up(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        return "" if is_founded(session) else "There is no organisation yet. Run: fetlock init"


def _worker(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        if heartbeat.alive(session):
            return ""
        last = heartbeat.last_beat(session)
    seen = f"The last sign of one was at {last:%Y-%m-%d %H:%M:%S} UTC." if last else "None was ever seen."
    return f"No worker has been heard of for 60 s. {seen} Run: fetlock worker"


def _key(runtime: Runtime) -> str:
    runtime.secrets.check()
    return ""


def _secrets(runtime: Runtime) -> str:
    runtime.secrets.check()
    with runtime.database.reading() as session:
        for row in session.query(PluginSetting).where(PluginSetting.secrets.is_not(None)):
            try:
                runtime.secrets.open(row.secrets)
            except FetlockError as error:
                return f"Those of {row.plugin} can't be read. {error.message}"
    return ""


def _audit(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        problem = checks.glance(session, signing.keys_of(runtime.secrets))
    return f"{problem} Run: fetlock audit verify" if problem else ""


def _plugins(runtime: Runtime) -> str:
    return "; ".join(f"{faulty.name}: {faulty.reason}" for faulty in runtime.registry.quarantined.values())
