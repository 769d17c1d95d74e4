"""Pictures are what their bytes say, and lose everything but what is seen."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.webchat.errors import BadPicture
from bot.channels.webchat.pictures import MAX_SIDE, THUMB_SIDE, encode, picture_id, write_files
from tests.integration.webchat_world import picture


def refused(raw: bytes) -> str:
    with pytest.raises(BadPicture) as error:
        encode(raw)
    return error.value.code


def png_of_size(width: int, height: int) -> bytes:
    """A small PNG that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_are_taken(kind: str) -> None:
    encoded = encode(picture(kind=kind))
    assert (encoded.kind, encoded.width, encoded.height) == ("image/jpeg", 64, 48)


def test_what_is_see_through_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    assert encode(out.getvalue()).kind == "image/png"


def test_a_large_picture_becomes_small_and_gets_a_thumb() -> None:
    encoded = encode(picture(3200, 1000))
    assert (encoded.width, encoded.height) == (MAX_SIDE, 500)
    assert Image.open(io.BytesIO(encoded.thumb)).width == THUMB_SIDE


def test_exif_is_gone_and_its_turn_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "where I live"
    raw = picture(60, 40, exif=exif.tobytes(), comment=b"my secret")
    assert b"where I live" in raw
    encoded = encode(raw)
    assert (encoded.width, encoded.height) == (40, 60)
    for data in (encoded.full, encoded.thumb):
        assert not Image.open(io.BytesIO(data)).getexif()
        assert b"where I live" not in data
        assert b"my secret" not in data


def test_an_animation_becomes_its_first_frame() -> None:
    frames = [Image.new("RGB", (10, 10), c) for c in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    shown = Image.open(io.BytesIO(encode(out.getvalue()).full))
    red, _, blue = shown.convert("RGB").getpixel((5, 5))
    assert red > 200 > 50 > blue


def test_what_is_no_picture_is_refused() -> None:
    assert refused(b"") == "picture_unknown_kind"
    assert refused("这是文字，不是图片".encode()) == "picture_unknown_kind"
    assert (
        refused(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
        == "picture_unknown_kind"
    )
    out = io.BytesIO()
    Image.new("RGB", (5, 5)).save(out, "GIF")
    assert refused(out.getvalue()) == "picture_unknown_kind"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    raw = io.BytesIO()
    Image.effect_noise((200, 200), 90).convert("RGB").save(raw, kind)
    half = raw.getvalue()[: len(raw.getvalue()) // 2]
    assert refused(half) in {"picture_broken", "picture_unknown_kind"}


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refused(png_of_size(60_000, 60_000)) == "picture_too_many_pixels"
    assert (
        refused(png_of_size(6000, 6000)) == "picture_broken"
    )  # allowed in size, but there are no such pixels


def test_a_picture_belongs_to_who_sent_it(tmp_path: Path) -> None:
    encoded = encode(picture())
    assert picture_id(encoded, 1) != picture_id(encoded, 2)
    write_files(tmp_path, picture_id(encoded, 1), encoded)
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == [f"{picture_id(encoded, 1)}.jpg", f"{picture_id(encoded, 1)}.thumb.jpg"]
    assert (tmp_path / names[0]).read_bytes() == encoded.full
