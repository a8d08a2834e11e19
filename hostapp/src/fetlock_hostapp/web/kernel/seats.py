"""No plugin may hold more than a quarter of the threads: the rest of the page must stay quick."""

from collections import Counter

from fetlock.errors import FetlockError


class SeatsTaken(FetlockError):
    """Too many requests of this plugin are under way."""

    code = "plugin_busy"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "This part is busy just now. Try again in a moment; the rest of the page is complete."
        )


class Seats:
    """Counts each plugin's requests under way. Used on the event loop alone, so it needs no lock."""

    def __init__(self, threads: int) -> None:
        self.limit = max(1, threads // 4)
        self._taken: Counter[str] = Counter()

    def take(self, plugin: str) -> None:
        """Take a seat for `plugin` ("" is the host, without a limit). Raises `SeatsTaken`."""
        if not plugin:
            return
        if self._taken[plugin] >= self.limit:
            raise SeatsTaken
        self._taken[plugin] += 1

    def leave(self, plugin: str) -> None:
        """Give the seat back."""
        if plugin:
            self._taken[plugin] -= 1
