"""Photos: whatever is uploaded is opened as an image, made small and written anew (H-11).

What comes out is a JPEG of our own making: no script, no place where it was taken, no foreign bytes.
"""

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.orm import Session

from fetlock import clock
from fetlock.domain.patients import service
from fetlock.domain.patients.models import PatientPhoto
from fetlock.errors import Invalid
from fetlock.work import Work

MEDIA_TYPE: Final = "image/jpeg"
LARGEST_BYTES: Final = 10 * 1024 * 1024
LARGEST_PIXELS: Final = 50_000_000
EDGE: Final = 800
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY: Final = 85


def prepare(content: bytes) -> bytes:
    """The upload as a JPEG of at most `EDGE` pixels a side; slow, so outside any transaction.

    Raises `Invalid` for what is empty, too large, or no photo.
    """
    if not content:
        raise Invalid({"photo": "Choose a photo."})
    if len(content) > LARGEST_BYTES:
        raise Invalid({"photo": f"The photo is larger than {LARGEST_BYTES // 1024 // 1024} MB."})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
            if image.width * image.height > LARGEST_PIXELS:
                raise Invalid({"photo": "The photo has more than 50 million pixels."})
            image.draft("RGB", (EDGE * 2, EDGE * 2))
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((EDGE, EDGE))
            return _encoded(upright)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _no_photo() from None
    except (OSError, ValueError, SyntaxError, EOFError):  # what Pillow raises for a damaged file
        raise _no_photo() from None


def keep(work: Work, patient_id: int, jpeg: bytes) -> None:
    """Store a prepared photo in place of the one before."""
    work.require("patients.edit")
    patient = service.get(work.session, patient_id)
    photo = work.session.get(PatientPhoto, patient.id)
    if photo is None:
        photo = PatientPhoto(patient_id=patient.id)
        work.session.add(photo)
    photo.media_type, photo.content, photo.updated_at = MEDIA_TYPE, jpeg, clock.now()
    work.session.flush()


def remove(work: Work, patient_id: int) -> None:
    """Remove the photo, if there is one."""
    work.require("patients.edit")
    photo = work.session.get(PatientPhoto, patient_id)
    if photo is not None:
        work.session.delete(photo)
        work.session.flush()


def find(session: Session, patient_id: int) -> PatientPhoto | None:
    """The patient's photo."""
    return session.get(PatientPhoto, patient_id)


def _encoded(image: Image.Image) -> bytes:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, "white")
        paper.paste(seen, mask=seen.getchannel("A"))
        image = paper
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _no_photo() -> Invalid:
    return Invalid({"photo": "This is not a photo that can be read. JPEG, PNG, WebP and GIF are."})
