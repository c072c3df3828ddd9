"""The two icons of the Teams app, a speech bubble with three dots, drawn here and written as PNG.

Sizes and colours: learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable

ACCENT = "#4B3FD1"

Shape = Callable[[float, float], float]
"""The distance of a point to a shape, negative inside. Coordinates run from 0 to 1."""

_WHITE = (255, 255, 255)
_INK = tuple(bytes.fromhex(ACCENT[1:]))


def colour_icon() -> bytes:
    """Returns the colour icon, 192 pixels in square: a white bubble on the accent colour."""
    return _png(192, lambda x, y, edge: (_mixed(_dotted_bubble, edge, x, y), 255))


def outline_icon() -> bytes:
    """Returns the outline icon, 32 pixels in square: white lines on nothing."""
    return _png(32, lambda x, y, edge: (_WHITE, round(255 * _cover(_bubble_line, edge, x, y))))


def _mixed(shape: Shape, edge: float, x: float, y: float) -> tuple[int, ...]:
    share = _cover(shape, edge, x, y)
    return tuple(round(share * white + (1 - share) * ink) for white, ink in zip(_WHITE, _INK, strict=True))


def _cover(shape: Shape, edge: float, x: float, y: float) -> float:
    """Returns how much of a pixel the shape covers; its border is one pixel, `edge`, wide."""
    return min(1.0, max(0.0, 0.5 - shape(x, y) / edge))


def _bubble(x: float, y: float) -> float:
    return min(_rounded_box(x - 0.5, y - 0.45, 0.34, 0.25, 0.12), _tail(x, y))


def _dotted_bubble(x: float, y: float) -> float:
    return max(_bubble(x, y), -_dots(x, y, 0.045))


def _bubble_line(x: float, y: float) -> float:
    return min(abs(_bubble(x, y)) - 0.03, _dots(x, y, 0.04))


def _dots(x: float, y: float, radius: float) -> float:
    return min(math.hypot(x - 0.5 - shift, y - 0.45) - radius for shift in (-0.16, 0.0, 0.16))


def _rounded_box(x: float, y: float, half_width: float, half_height: float, radius: float) -> float:
    right, below = abs(x) - half_width + radius, abs(y) - half_height + radius
    return math.hypot(max(right, 0.0), max(below, 0.0)) + min(max(right, below), 0.0) - radius


def _tail(x: float, y: float) -> float:
    """Returns the distance to the triangle that points down, to the left."""
    return max(0.28 - x, 0.62 - y, (x - 0.28) * 0.7 + (y - 0.86) * 0.72)


def _png(size: int, pixel: Callable[[float, float, float], tuple[tuple[int, ...], int]]) -> bytes:
    """Returns an image of colours with transparency (RFC 2083)."""
    rows = bytearray()
    for row in range(size):
        rows.append(0)
        for column in range(size):
            colour, opacity = pixel((column + 0.5) / size, (row + 0.5) / size, 1 / size)
            rows += bytes((*colour, opacity))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
