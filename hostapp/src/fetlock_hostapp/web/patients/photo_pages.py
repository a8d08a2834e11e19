"""The photo: uploaded, re-encoded, and served as an image and nothing else (H-11)."""

from litestar import get, post
from litestar.response import Response

from fetlock.domain.patients import photos
from fetlock.errors import FetlockError, NotFound
from fetlock_hostapp.plugin import (
    Desk,
    FormData,
    FromPath,
    Html,
    StaffRequest,
    reading,
    status_of,
    writing,
)
from fetlock_hostapp.web.patients.strip import load_strip


@get("/patients/{patient_id:int}/photo", permission="patients.view", sync_to_thread=True)
def photo(request: StaffRequest, patient_id: FromPath[int]) -> Response[bytes]:
    """The photo. The type is ours, whatever was uploaded; browsers must not guess another."""
    with reading(request) as desk:
        found = photos.find(desk.session, patient_id)
        if found is None:
            raise NotFound("There is no photo.")
        headers = {
            "cache-control": "private, max-age=86400",
            "content-disposition": "inline; filename=patient.jpg",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
        }
        return Response(found.content, media_type=photos.MEDIA_TYPE, headers=headers)


@get("/patients/{patient_id:int}/photo/edit", permission="patients.edit", sync_to_thread=True)
def photo_page(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """The photo as it is, and a form for another."""
    with reading(request) as desk:
        return _page(desk, patient_id)


@post("/patients/{patient_id:int}/photo", permission="patients.edit", sync_to_thread=True)
def upload_photo(request: StaffRequest, patient_id: FromPath[int], data: FormData) -> Html:
    """Replace the photo. It is opened and written anew before any transaction begins."""
    upload = data.files.get("photo")
    try:
        jpeg = photos.prepare(upload.file.read(photos.LARGEST_BYTES + 1) if upload else b"")
    except FetlockError as error:
        with reading(request) as desk:
            return _page(desk, patient_id, error)

    def work(desk: Desk) -> Html:
        photos.keep(desk.work, patient_id, jpeg)
        return desk.redirect(f"patients/{patient_id}", ok="Photo saved.")

    return writing(request, work)


@post("/patients/{patient_id:int}/photo/remove", permission="patients.edit", sync_to_thread=True)
def remove_photo(request: StaffRequest, patient_id: FromPath[int]) -> Html:
    """Remove the photo."""

    def work(desk: Desk) -> Html:
        photos.remove(desk.work, patient_id)
        return desk.redirect(f"patients/{patient_id}", ok="Photo removed.")

    return writing(request, work)


def _page(desk: Desk, patient_id: int, error: FetlockError | None = None) -> Html:
    return desk.page(
        "patients/photo.html",
        status=200 if error is None else status_of(error),
        strip=load_strip(desk, patient_id),
        megabytes=photos.LARGEST_BYTES // 1024 // 1024,
        errors=error,
    )


HANDLERS = [photo, photo_page, upload_photo, remove_photo]
