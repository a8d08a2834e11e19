"""The application put together, and the server process."""

import logging
import socket
import sys
from pathlib import Path

import uvicorn
from litestar import Litestar, Response, get
from litestar.di import Provide
from litestar.exceptions import HTTPException
from pydantic import ValidationError

from fetlock.clock import now
from fetlock_careplans_covetrus.sandbox import control, vendor_interface
from fetlock_careplans_covetrus.sandbox.fault_gate import FaultGate
from fetlock_careplans_covetrus.sandbox.problems import Problem, on_http, on_invalid, on_problem
from fetlock_careplans_covetrus.sandbox.simulator import Clock, Simulator
from fetlock_careplans_covetrus.sandbox.store import Store

_PAGE = Path(__file__).with_name("page.html")
# The page's own script and style stand in the page; it loads nothing from anywhere else.
_PAGE_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'"


@get("/", guards=[control.loopback_only], media_type="text/html", sync_to_thread=True)
def show_page() -> Response[str]:
    """The page to watch the simulator by."""
    return Response(_PAGE.read_text("utf-8"), headers={"Content-Security-Policy": _PAGE_POLICY})


def build_app(simulator: Simulator) -> FaultGate:
    """The ASGI application over a started simulator."""

    def provide_simulator() -> Simulator:
        return simulator

    application = Litestar(
        route_handlers=[show_page, vendor_interface.ROUTER, control.ROUTER],
        dependencies={"simulator": Provide(provide_simulator, sync_to_thread=False)},
        exception_handlers={Problem: on_problem, ValidationError: on_invalid, HTTPException: on_http},
        openapi_config=None,
        logging_config=None,
    )
    return FaultGate(application, simulator.store, simulator.clock)


def build_server(simulator: Simulator) -> uvicorn.Server:
    """An HTTP server for it; quiet, and not held up at its end by answers that a fault delays."""
    return uvicorn.Server(
        uvicorn.Config(
            build_app(simulator),
            log_level=logging.WARNING,
            access_log=False,
            # The loopback guard must see who really calls.
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
    )


def bind(host: str, port: int) -> tuple[socket.socket, str]:
    """A listening socket and its address; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    # From here on callers are queued, so the address can be told before the server has started.
    listener.listen(128)
    shown = f"[{host}]" if family is socket.AF_INET6 else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def serve(
    host: str,
    port: int,
    *,
    database: str | Path | None = None,
    demo: bool = True,
    clock: Clock = now,
) -> None:
    """Run the simulator until SIGINT or SIGTERM; says its address in one line when it listens.

    Args:
        host: address to listen on. The switches and the page answer loopback callers only.
        port: 0 takes a free one.
        database: SQLite file that keeps the state, None for memory.
        demo: seed the demo's plans into a new state; without, only the account exists.
        clock: gives the present as an aware time.
    """
    simulator = Simulator(Store(database), clock)
    simulator.start(demo=demo)
    listener, address = bind(host, port)
    sys.stdout.write(f"Plan vendor simulator at {address}\n")
    sys.stdout.flush()
    build_server(simulator).run(sockets=[listener])
    simulator.store.close()
