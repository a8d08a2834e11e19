"""What happened in a soak, in order, with counts; a failed run prints its end."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class History:
    """`counts`: how often each kind of thing happened; `faults`: what must never happen, in words.

    `promises`: what was answered with "done", by kind: it must be found at the end.
    """

    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    promises: dict[str, set[str]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, detail: str = "", *, count: int = 1) -> None:
        """Count something that happened; with a detail it is kept in words too."""
        with self._guard:
            self.counts[kind] += count
            if detail:
                self.lines.append(f"{time.monotonic() - self.began:8.3f} {kind}: {detail}")

    def fault(self, text: str) -> None:
        """Something that must never happen did."""
        with self._guard:
            self.faults.append(text)
            self.lines.append(f"{time.monotonic() - self.began:8.3f} FAULT: {text}")

    def promise(self, kind: str, key: object) -> None:
        """Somebody was told that this is done."""
        with self._guard:
            self.promises.setdefault(kind, set()).add(str(key))

    def end(self, lines: int = 80) -> str:
        """The last lines."""
        return "\n".join(self.lines[-lines:])

    def total(self, prefix: str) -> int:
        """The sum of all counts whose kind begins so."""
        return sum(count for kind, count in self.counts.items() if kind.startswith(prefix))
