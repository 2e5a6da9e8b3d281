"""Pictures with codes in them, made by the library that reads them."""

from __future__ import annotations

import io
from base64 import b64encode

import zxingcpp
from PIL import Image


def code(text: str, *, kind: str = "QRCode", scale: int = 5, form: str = "PNG", mode: str = "L") -> bytes:
    """A picture of one code."""
    made = memoryview(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat[kind]).to_image(scale=scale))
    height, width = made.shape
    return saved(Image.frombytes("L", (width, height), bytes(made)).convert(mode), form)


def photograph(width: int = 64, height: int = 64) -> bytes:
    """A picture without any code."""
    return saved(Image.linear_gradient("L").resize((width, height)), "PNG")


def saved(picture: Image.Image, form: str) -> bytes:
    into = io.BytesIO()
    picture.save(into, form)
    return into.getvalue()


def attached(octets: bytes, name: str = "picture.png") -> str:
    """The octets as an ATTACH line."""
    return f"ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=image/png;X-FILENAME={name}:{b64encode(octets).decode()}"


def shown(octets: bytes) -> str:
    """The octets as a picture in an X-ALT-DESC line."""
    return f'X-ALT-DESC;FMTTYPE=text/html:<p><img src="data:image/png\\;base64\\,{b64encode(octets).decode()}"></p>'
