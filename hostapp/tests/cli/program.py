"""Running the `fetlock` program as people do, in a home of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOUNDING = (
    "--organisation=Elm Street Veterinary Group",
    "--site=Elm North",
    "--time-zone=America/New_York",
    "--first-name=Lena",
    "--last-name=Marchetti",
    "--user-name=lena",
)


@dataclass(slots=True)
class Program:
    """`fetlock` with FETLOCK_HOME at `home`."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> list[str]:
        """The beginning of every command."""
        return [sys.executable, "-m", "fetlock_hostapp"]

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment that it runs in: ours, without settings of Fetlock but the test's."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FETLOCK_")}
        inherited.pop("PORT", None)
        return {**inherited, "FETLOCK_HOME": str(self.home), "COLUMNS": "200", **self.environment}

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(
            [*self.command, *arguments],
            env=self.surroundings,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def ok(self, *arguments: str, stdin: str = "") -> str:
        """Run one command that must succeed; answers what it printed."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: str, stdin: str = "") -> str:
        """Run one command that must fail with a message; answers the message."""
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    def json(self, *arguments: str) -> Any:
        """What a command answers in JSON."""
        return json.loads(self.ok(*arguments))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that goes on until it is ended."""
        return subprocess.Popen(
            [*self.command, *arguments],
            env={**self.surroundings, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
