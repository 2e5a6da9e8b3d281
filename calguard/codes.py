"""What QR codes and their kin in pictures say. Needs the extra `[qr]`; without it, nothing is read."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 20_000_000  # of one picture, before it is unpacked
MAX_SIDE = 1600  # a code that a telephone can read is readable at this size
MAX_FRAMES = 4
MAX_TEXTS = 20
LONGEST = 3000  # characters; a QR code holds at most 4,296
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP")
# What the decoders raise on broken octets, beside what they say they raise.
_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    SyntaxError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("zxingcpp") is not None and find_spec("PIL") is not None


def read(pictures: Iterable[bytes]) -> list[str]:
    """The texts of all codes, each once. Never raises because of a picture."""
    if not available():
        return []
    import zxingcpp

    kinds = zxingcpp.BarcodeFormat
    wanted = (kinds.QRCode, kinds.MicroQRCode, kinds.RMQRCode, kinds.Aztec, kinds.DataMatrix, kinds.PDF417)
    found: dict[str, None] = {}
    for octets in pictures:
        for frame in _frames(octets):
            for code in zxingcpp.read_barcodes(frame, formats=zxingcpp.BarcodeFormats(wanted)):
                if code.text.strip() and len(found) < MAX_TEXTS:
                    found[code.text[:LONGEST]] = None
    return list(found)


def _frames(octets: bytes) -> Iterator[Image.Image]:
    """The first frames in grey on white, small enough to be searched; none of what is no picture or too large."""
    from PIL import Image, ImageSequence

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(octets), formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    return
                for frame, _ in zip(ImageSequence.Iterator(picture), range(MAX_FRAMES), strict=False):
                    yield _grey(frame)
    except (*_BROKEN, Image.DecompressionBombError, Warning):
        return


def _grey(frame: Image.Image) -> Image.Image:
    from PIL import Image

    seen = frame.convert("RGBA")
    paper = Image.new("RGBA", seen.size, "white")
    paper.alpha_composite(seen)
    grey = paper.convert("L")
    grey.thumbnail((MAX_SIDE, MAX_SIDE))
    return grey
