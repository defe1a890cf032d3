"""Texts and the cover, out of a file that strangers made."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import tinytag
from PIL import Image, ImageOps

from backline.jukebox.domain.tracks import clean_text

COVER_SIZES = (96, 512)
"""Length of the longer side in pixels of the pictures that are made."""

_PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")


@dataclass(frozen=True, slots=True)
class Tags:
    title: str = ""
    artist: str = ""
    album: str = ""
    picture: bytes = b""


def read_tags(path: Path, *, most_picture: int) -> Tags:
    """What the file says of itself, cleaned. Broken tags are as good as none."""
    try:
        found = tinytag.TinyTag.get(path, duration=False, image=True)
    except Exception:  # noqa: BLE001 - the parser's idea of broken is not complete
        return Tags()
    image = found.images.front_cover or found.images.any
    picture = image.data if image is not None else b""
    return Tags(
        title=clean_text(found.title or ""),
        artist=clean_text(found.artist or found.albumartist or ""),
        album=clean_text(found.album or ""),
        picture=picture if len(picture) <= most_picture else b"",
    )


def write_covers(picture: bytes, folder: Path, *, most_pixels: int) -> dict[int, Path]:
    """New pictures in the sizes of `COVER_SIZES`, as WebP; none if it is not a decent picture.

    Nothing of the original is passed on but its pixels: no metadata, no profile, no trailing data.
    """
    try:
        with Image.open(BytesIO(picture), formats=_PICTURE_FORMATS) as image:
            if image.width * image.height > most_pixels:
                return {}
            image.draft("RGB", (2 * max(COVER_SIZES), 2 * max(COVER_SIZES)))
            whole = ImageOps.exif_transpose(image).convert("RGB")
    except Exception:  # noqa: BLE001 - every plugin raises its own; a track lives without a cover
        return {}
    covers = {}
    for size in sorted(COVER_SIZES, reverse=True):
        whole.thumbnail((size, size), Image.Resampling.LANCZOS)
        whole.info.clear()
        covers[size] = folder / f"cover-{size}.webp"
        whole.save(covers[size], "WEBP", quality=82, method=4)
    return covers
