"""Static files: read once at start, served from memory, kept by browsers for as long as they stay the same.

Every file has two addresses: `/static/x`, which is asked again each time, and `/static/~stamp/x`, which
never changes, since the stamp is the hash of all files together. Relative addresses between them keep it.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from fetlock.errors import NotFound

_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_TEXT: Final = frozenset({".js", ".css", ".svg"})
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file as it is sent; `packed` is it with gzip, where that is worth it."""

    body: bytes
    packed: bytes
    media_type: str
    etag: str


class StaticFiles:
    """All files under a folder."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }
        stamp = hashlib.sha256()
        for name, file in self._files.items():
            stamp.update(f"{name} {file.etag}\n".encode())
        self.stamp = stamp.hexdigest()[:12]
        self.prefix = f"/static/~{self.stamp}/"

    def answer(self, path: str, request: Request[Any, Any, Any]) -> Response[bytes]:
        """The file of a path below /static, or 304 where the browser has it. Raises `NotFound`."""
        name = path.lstrip("/")
        stamped = name.startswith("~")
        if stamped:
            stamp, _, name = name.partition("/")
            stamped = stamp == f"~{self.stamp}"
        file = self._files.get(name)
        if file is None:
            raise NotFound("There is no such file.")
        headers = {
            "etag": file.etag,
            "cache-control": _FOR_EVER if stamped else _ASK_AGAIN,
            "vary": "accept-encoding",
        }
        if request.headers.get("if-none-match") == file.etag:
            return Response(b"", status_code=304, headers=headers, media_type=file.media_type)
        body = file.body
        if file.packed and "gzip" in request.headers.get("accept-encoding", ""):
            body = file.packed
            headers["content-encoding"] = "gzip"
        return Response(body, headers=headers, media_type=file.media_type)


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in _TEXT:
        kind = f"{kind}; charset=utf-8"
    packed = gzip.compress(body, mtime=0) if path.suffix in _TEXT and len(body) > 500 else b""
    return StaticFile(body, packed, kind, f'"{hashlib.sha256(body).hexdigest()[:20]}"')


@get("/static/{path:path}", public=True, include_in_schema=False)
async def static_file(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
    """A static file; from memory, so no thread is needed."""
    files: StaticFiles = request.app.state.kernel.static
    return files.answer(path, request)
