"""Pictures: what they are is told by their content; re-encoded by us, without EXIF, in a bounded size."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import struct
import tempfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy.ext.asyncio import AsyncSession

from actions.inserting import insert_once
from bot.channels.webchat.errors import BadPicture
from bot.storage.tables import Picture

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1600  # pixels
THUMB_SIDE = 320
FORMATS = ("JPEG", "PNG", "WEBP")
SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png"}
# the size is compared by us before a pixel is decoded; Pillow's own limit only warns
Image.MAX_IMAGE_PIXELS = None

_decoding = asyncio.Semaphore(1)  # one at a time: 40 megapixels are 120 MB of memory


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as we keep it."""

    full: bytes
    thumb: bytes
    kind: str
    width: int
    height: int


def encode(raw: bytes) -> Encoded:
    """Re-encode a picture. Raises BadPicture."""
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
            return _encode(opened)
    except UnidentifiedImageError:
        raise BadPicture("picture_unknown_kind") from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, zlib.error, MemoryError):
        raise BadPicture("picture_broken") from None


def _encode(opened: Image.Image) -> Encoded:
    if opened.width * opened.height > MAX_PIXELS:
        raise BadPicture("picture_too_many_pixels")
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a big JPEG is decoded at a fraction of its size
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    see_through = upright.has_transparency_data
    full = upright.convert("RGBA" if see_through else "RGB")
    full.thumbnail((MAX_SIDE, MAX_SIDE))
    thumb = full.copy()
    thumb.thumbnail((THUMB_SIDE, THUMB_SIDE))
    kind = "image/png" if see_through else "image/jpeg"
    return Encoded(_bytes(full, kind), _bytes(thumb, kind), kind, full.width, full.height)


def _bytes(image: Image.Image, kind: str) -> bytes:
    bare = Image.frombytes(image.mode, image.size, image.tobytes())  # nothing of EXIF, profiles or comments
    out = io.BytesIO()
    if kind == "image/png":
        bare.save(out, "PNG", optimize=True)
    else:
        bare.save(out, "JPEG", quality=85, progressive=True)
    return out.getvalue()


def picture_path(folder: Path, picture_id: str, kind: str, *, thumb: bool = False) -> Path:
    """Where a picture's bytes are."""
    return folder / f"{picture_id}{'.thumb' if thumb else ''}{SUFFIX[kind]}"


async def encode_in_thread(raw: bytes) -> Encoded:
    """``encode`` without holding up the event loop. Raises BadPicture."""
    async with _decoding:
        return await asyncio.to_thread(encode, raw)


def picture_id(encoded: Encoded, resident_id: int) -> str:
    """The same bytes sent by two residents are two pictures: one's permission is not the other's."""
    return hashlib.sha256(f"{resident_id}:".encode() + encoded.full).hexdigest()[:40]


def write_files(folder: Path, id_: str, encoded: Encoded) -> None:
    """Write both sizes, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for data, thumb in ((encoded.full, False), (encoded.thumb, True)):
        path = picture_path(folder, id_, encoded.kind, thumb=thumb)
        if path.exists():
            continue
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as fresh:
            fresh.write(data)
        os.replace(fresh.name, path)


async def add_picture(
    session: AsyncSession, id_: str, encoded: Encoded, *, community_id: int, resident_id: int, now: datetime
) -> None:
    """Remember the picture; once more is nothing new."""
    values = {
        "id": id_,
        "community_id": community_id,
        "resident_id": resident_id,
        "width": encoded.width,
        "height": encoded.height,
        "size": len(encoded.full),
        "kind": encoded.kind,
        "created_at": now,
    }
    await insert_once(session, Picture, values, ("id",))
