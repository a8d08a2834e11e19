"""The log of every process: lines for people or of JSON, without a word about patients and clients (OP-4).

FETLOCK_LOG_FORMAT=text|json and FETLOCK_LOG_LEVEL choose; JSON has a line for each request too.
"""

import logging
import os
import sys
import threading
import traceback
from types import TracebackType
from typing import Final

from pythonjsonlogger.json import JsonFormatter

from fetlock.errors import FetlockError

FORMAT: Final = "FETLOCK_LOG_FORMAT"
LEVEL: Final = "FETLOCK_LOG_LEVEL"
FORMATS: Final = ("text", "json")
LEVELS: Final = ("debug", "info", "warning", "error")

_TALKATIVE: Final = ("uvicorn", "httpx", "httpcore", "mail.log", "sqlalchemy.engine", "alembic")
"""At level info these write addresses and statements, in which anything may stand."""

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LogSettingWrong(FetlockError):
    """FETLOCK_LOG_FORMAT or FETLOCK_LOG_LEVEL says something that can't be meant."""

    code = "log_setting_wrong"


def set_up(*, verbose: bool = False) -> None:
    """Send this process's log to standard error. Raises `LogSettingWrong`.

    Without FETLOCK_LOG_LEVEL it is info in JSON or where `verbose`, else warning.
    """
    form = _chosen(FORMAT, FORMATS, "text")
    usual = "info" if verbose or form == "json" else "warning"
    level = _chosen(LEVEL, LEVELS, usual)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_for_programs() if form == "json" else _ForPeople())
    if level == "debug":  # for developers: what exceptions say is shown too
        handler.formatter = logging.Formatter(_ForPeople.FORM)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    threading.excepthook = _thread_ended
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    """A thread that an exception ends says so in the log like everything else."""
    if ended.exc_value is not None:
        raised = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        logging.getLogger(__name__).error("a thread ended", exc_info=raised)


def _chosen(name: str, choices: tuple[str, ...], usual: str) -> str:
    found = os.environ.get(name, "").strip().lower() or usual
    if found not in choices:
        raise LogSettingWrong(f"{name} is “{found}”. It can be: {', '.join(choices)}.")
    return found


def places(raised: _Raised) -> str:
    """The type of what was raised and the places in the code.

    What an exception says is left out: it may quote a patient, a client, or a row of the database.
    """
    kind, error, trace = raised
    if kind is None:
        return ""
    lines = [
        f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(trace)
    ]
    cause = error.__cause__ if error is not None else None
    because = f" because of {type(cause).__name__}" if cause is not None else ""
    return f"{kind.__name__}{because} at {' > '.join(lines)}"


class _ForPeople(logging.Formatter):
    FORM: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

    def __init__(self) -> None:
        super().__init__(self.FORM)

    def formatException(self, ei: _Raised) -> str:  # noqa: N802
        """The places without the words."""
        return places(ei)


class _ForPrograms(JsonFormatter):
    def formatException(self, ei: _Raised) -> str:  # noqa: N802
        """The places without the words."""
        return places(ei)


def _for_programs() -> logging.Formatter:
    return _ForPrograms(
        ["levelname", "name", "message", "process"],
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "raised"},
        timestamp="at",
        exc_info_as_array=False,
        json_ensure_ascii=False,
    )
