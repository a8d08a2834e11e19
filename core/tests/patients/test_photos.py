"""Photos: nothing but an image of our own making is ever kept (H-11)."""

import io

import pytest
from PIL import Image

from fetlock.domain.patients import photos
from fetlock.errors import Invalid
from fetlock.testing import Clinic


def image(mode: str = "RGB", size: tuple[int, int] = (1200, 900), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else None).save(out, kind)
    return out.getvalue()


@pytest.mark.req("H-11")
@pytest.mark.parametrize(("mode", "kind"), [("RGB", "JPEG"), ("RGBA", "PNG"), ("P", "GIF"), ("L", "WEBP")])
def test_a_photo_becomes_a_small_jpeg(mode: str, kind: str) -> None:
    made = Image.open(io.BytesIO(photos.prepare(image(mode, kind=kind))))
    assert made.format == "JPEG"
    assert max(made.size) == photos.EDGE
    assert made.mode == "RGB"


@pytest.mark.req("H-11")
def test_what_a_camera_wrote_beside_the_picture_is_gone() -> None:
    source = Image.new("RGB", (40, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "secret maker"
    out = io.BytesIO()
    source.save(out, "JPEG", exif=exif)
    jpeg = photos.prepare(out.getvalue())
    assert b"secret maker" not in jpeg
    assert Image.open(io.BytesIO(jpeg)).size == (20, 40)


@pytest.mark.req("H-11")
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        image()[:200],
        b"\xff\xd8\xff\xe0" + b"\x00" * 100,
        b"x" * (photos.LARGEST_BYTES + 1),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        photos.prepare(content)
    assert list(caught.value.fields) == ["photo"]


def test_a_page_behind_an_image_does_not_come_along() -> None:
    assert b"<script>" not in photos.prepare(image(kind="JPEG") + b"<script>alert(1)</script>")


def test_a_photo_takes_the_place_of_the_one_before(clinic: Clinic) -> None:
    first, second = photos.prepare(image()), photos.prepare(image(size=(10, 10)))
    clinic.run(lambda work: photos.keep(work, clinic.patient_id, first))
    clinic.run(lambda work: photos.keep(work, clinic.patient_id, second))
    with clinic.reading() as session:
        photo = photos.find(session, clinic.patient_id)
        assert photo is not None
        assert (photo.media_type, photo.content) == ("image/jpeg", second)
    clinic.run(lambda work: photos.remove(work, clinic.patient_id))
    with clinic.reading() as session:
        assert photos.find(session, clinic.patient_id) is None
