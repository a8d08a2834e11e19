"""What commands say: to people through rich, to programs as JSON."""

import json
import sys
from typing import Any

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line for people; markup of rich is not read in it."""
    out.print(text, markup=False, soft_wrap=True)


def complain(text: str) -> None:
    """One line on standard error."""
    err.print(text, markup=False, style="red" if err.is_terminal else None, soft_wrap=True)


def emit_json(value: Any) -> None:
    """`value` as JSON on standard output, exactly: no wrapping, no colour."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
