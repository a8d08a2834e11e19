"""`fetlock serve`: the web pages and the JSON API."""

import os
from typing import Annotated

import typer

from fetlock_hostapp.cli.opening import installation_of, opened


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command("serve")(serve)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="How many processes.", min=1, max=64)] = 1,
) -> None:
    """Serve the pages. Refuses while migrations are pending, and says what to run.

    Several processes share the port, the sign-ins and everything else, which stands in the database.
    """
    import uvicorn

    from fetlock_hostapp import metrics
    from fetlock_hostapp.serving import StreamEndingProtocol

    with opened(context):
        pass
    # the processes that uvicorn starts read it again
    home = installation_of(context).home.absolute()
    os.environ["FETLOCK_HOME"] = str(home)
    if workers > 1:
        metrics.share_among_processes(home / "metrics" / str(port))
    uvicorn.run(
        "fetlock_hostapp.asgi:application",
        factory=True,
        host=host,
        port=port,
        workers=workers if workers > 1 else None,
        log_config=None,  # its lines go the way of all others
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=StreamEndingProtocol,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=5,
    )
