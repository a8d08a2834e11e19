"""When a job runs next: pure rules of its grid, of trying again, and of clocks that were wrong (PL-9)."""

import random
from datetime import datetime, timedelta
from typing import Final

_FIRST: Final = timedelta(minutes=1)
_SHORTEST: Final = timedelta(minutes=15)
_LONGEST: Final = timedelta(hours=1)
_JITTER: Final = 0.2


def next_on_grid(planned: datetime, every: timedelta, now: datetime) -> datetime:
    """The first time on the grid through `planned` that is still to come.

    What was missed is not caught up, and a run that was late, or early because somebody asked for it, moves
    nothing: the grid does not drift.
    """
    return planned + every * ((now - planned) // every + 1)


def try_again(failed_in_row: int, every: timedelta) -> timedelta:
    """How long to wait after so many failures: 1, 2, 4 ... minutes, each a fifth more or less at random.

    At most as long as between two runs, but no less than a quarter of an hour and no more than an hour: a
    nightly job does not wait for the next night, one of every minute spares whatever it fails on.
    """
    longest = min(max(every, _SHORTEST), _LONGEST)
    delay = min(_FIRST * 2.0 ** min(failed_in_row - 1, 10), longest)
    return delay * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # no secret in it


def is_astray(next_run: datetime, every: timedelta, now: datetime) -> bool:
    """Whether it waits longer than any rule here lets it.

    The clock was ahead when that was written, or the plugin's new version runs the job more often.
    """
    return next_run - now > max(every, _LONGEST * (1 + _JITTER))
