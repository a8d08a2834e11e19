"""The data of plugins: exporting it, and purging it for good after that (PL-6)."""

from pathlib import Path
from tempfile import TemporaryDirectory

from litestar import Response, get, post

from fetlock import clock
from fetlock.domain.plugins import exporting, purging
from fetlock.errors import Conflict, FetlockError
from fetlock_hostapp.plugin import Desk, FormData, FromPath, Html, StaffRequest, reading, status_of
from fetlock_hostapp.web.plugins.showing import BASE, runtime_of, view_of


@post(f"/{BASE}/{{name:str}}/export", permission="plugins.remove", sync_to_thread=True)
def export(request: StaffRequest, name: FromPath[str]) -> Response[bytes]:
    """The archive of the plugin's own tables, as a download."""
    return archive_of(request, name)


@get(f"/{BASE}/{{name:str}}/purge", permission="plugins.remove", sync_to_thread=True)
def ask_to_purge(request: StaffRequest, name: FromPath[str]) -> Html:
    """What a purge would take away."""
    with reading(request) as desk:
        return _question(desk, name)


@post(f"/{BASE}/{{name:str}}/purge", permission="plugins.remove", sync_to_thread=True)
def purge(request: StaffRequest, name: FromPath[str], data: FormData) -> Html:
    """Delete it all, where the plugin's name was typed and an export was made."""
    runtime = runtime_of(request)
    try:
        if data.text("name") != name:
            raise Conflict(f"Type {name} to say that you mean it. Nothing was deleted.")
        with reading(request) as desk:
            actor = desk.actor
        purging.purge(runtime.database, runtime.registry, name, actor, reason=data.text("reason"))
    except FetlockError as error:
        with reading(request) as desk:
            return _question(desk, name, error)
    with reading(request) as desk:
        return desk.redirect(BASE, ok=f"The data of {name} was deleted.")


def archive_of(request: StaffRequest, name: str) -> Response[bytes]:
    """The archive; it stands on the disk only while it is made."""
    runtime = runtime_of(request)
    with reading(request) as desk:
        actor = desk.actor
    with TemporaryDirectory(dir=runtime.installation.home) as folder:
        target = Path(folder) / "export.zip"
        exporting.export(runtime.database, name, target, actor)
        content = target.read_bytes()
    file_name = f"{name}-{clock.now():%Y%m%d-%H%M}.zip"
    return Response(
        content,
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{file_name}"'},
        status_code=200,
    )


def _question(desk: Desk, name: str, error: FetlockError | None = None) -> Html:
    return desk.page(
        "plugins/purge.html",
        status=status_of(error) if error else 200,
        view=view_of(desk, name),
        ahead=purging.foreseen(desk.session, name),
        error=error,
    )


HANDLERS = [export, ask_to_purge, purge]
