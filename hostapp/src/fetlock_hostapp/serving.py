"""How connections end when the web server stops: streams at once, so that nobody waits for them."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fetlock_hostapp.web.signals.hub import end_all_streams


class StreamEndingProtocol(HttpToolsProtocol):
    """uvicorn asks each connection to end after its answer. A stream of live signals has none.

    Given to uvicorn as `http`, since that reaches also the processes that it starts by itself.
    """

    def shutdown(self) -> None:
        """The server stops: end this connection, and the streams."""
        end_all_streams()
        super().shutdown()
