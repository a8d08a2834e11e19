"""For tests of pages and of the JSON API: the sample clinic behind the real application, for any role.

with WebClinic.build(url, home, MyPlugin()) as web:
    receptionist = web.signed_in("Receptionist")
    assert receptionist.get("/s/north/patients").status_code == 200
    receptionist.post("/s/north/patients", data={"name": "Moss"})   # the CSRF token is sent along
    with web.serve() as address:                                    # for a browser
        page.goto(f"{address}/sign-in")
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from httpx import ASGITransport, BaseTransport, Client, Request, Response
from litestar import Litestar

from fetlock.database import Database
from fetlock.domain.access import passwords, sign_in
from fetlock.domain.audit import signing
from fetlock.domain.staff.models import Staff
from fetlock.platform.installation import Installation
from fetlock.platform.runtime import Runtime
from fetlock.testing import Clinic
from fetlock_hostapp.app import create_app
from fetlock_hostapp.asgi import Application
from fetlock_hostapp.serving import StreamEndingProtocol
from fetlock_hostapp.web.kernel import cookies, csrf
from fetlock_hostapp.web.kernel.plugin_pages import PageHooks, load_pages

PASSWORD: Final = "seven quiet otters"  # noqa: S105 - of people who exist in tests only
"""The password of everybody at the sample clinic."""


HOST: Final = "fetlock.example"
"""The host name that clients of `WebClinic` use."""


class InThread(BaseTransport):
    """Carries requests of ordinary clients to the application, on an event loop in its own thread."""

    def __init__(self, app: Application) -> None:
        asgi: Any = app  # httpx spells the types of messages otherwise than Litestar
        self._asgi = ASGITransport(asgi, raise_app_exceptions=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def handle_request(self, request: Request) -> Response:
        """One request; clients in several threads run at once."""
        return asyncio.run_coroutine_threadsafe(self._handle(request), self._loop).result()

    async def _handle(self, request: Request) -> Response:
        answer = await self._asgi.handle_async_request(request)
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
        return Response(answer.status_code, headers=answer.headers, content=body)

    def close(self) -> None:
        """Nothing: a client that is closed must not end the loop of the others."""

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


class WebClinic:
    """The sample clinic (`clinic`), the runtime over the same database, and the application."""

    def __init__(self, clinic: Clinic, runtime: Runtime) -> None:
        self.clinic = clinic
        self.runtime = runtime
        self.app: Litestar = create_app(runtime)
        self._open = ExitStack()
        self._transport = InThread(Application(self.app))
        self._open.callback(self._transport.stop)

    @classmethod
    def build(cls, url: str, home: Path, *plugins: Any) -> Self:
        """Build it in the empty database at `url`; files go to the folder `home`."""
        passwords.use(PasswordHasher.from_parameters(CHEAPEST))
        clinic = Clinic.build(url, *plugins)
        runtime = Runtime.start(
            Installation(home=home, database_url=url, pool_size=8),
            specs=(PageHooks,),
            parts=load_pages,
            installed={plugin.manifest().name: partial(_same, plugin) for plugin in plugins},
        )
        # both sign the audit log with the installation's key, where a test makes one
        clinic.database.dispose()
        clinic.database = Database(url, options={signing.OPTION: signing.keys_of(runtime.secrets)})
        known = passwords.hashed(PASSWORD)

        def give_passwords(session: Any) -> None:
            for staff in session.query(Staff):
                staff.password_hash = known

        clinic.database.write(give_passwords)
        return cls(clinic, runtime)

    def visitor(self) -> Client:
        """A client that is not signed in, and follows no redirects."""
        client = Client(transport=self._transport, base_url=f"http://{HOST}")
        self._open.callback(client.close)
        return client

    def signed_in(self, role: str = "Administrator") -> Client:
        """A client signed in as the employee with this role, whose requests carry the CSRF token."""
        return self.signed_in_as(self.clinic.records.staff[role])

    def signed_in_as(self, staff_id: int) -> Client:
        """A client signed in as this employee."""
        token = self.runtime.database.write(lambda session: sign_in.open_for(session, staff_id))
        client = self.visitor()
        client.cookies.set(cookies.SIGN_IN, token, domain=HOST)
        client.headers[csrf.HEADERS[0]] = csrf.token_for(token)
        return client

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the application on a free port of this machine, and yield its address."""
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
            config = uvicorn.Config(
                Application(self.app),
                log_level="warning",
                http=StreamEndingProtocol,
                lifespan="off",
                ws="none",
                timeout_graceful_shutdown=2,
            )
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            deadline = time.monotonic() + 20
            while not server.started:
                if time.monotonic() > deadline or not thread.is_alive():
                    raise RuntimeError("The server did not start")
                time.sleep(0.02)
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.should_exit = True
                thread.join(timeout=10)

    def close(self) -> None:
        """Close clients and connections."""
        self._open.close()
        self.runtime.close()
        self.clinic.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(RuntimeError):
            self.close()


def _same(plugin: object) -> object:
    return plugin
