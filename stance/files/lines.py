"""The lines of a file, packed or not; of one that is too long to be held in memory only the beginning."""

from __future__ import annotations

import codecs
import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stance.files.rows import GZIP, STDIN, UnreadableTableError

# Bytes of one row. No article comes near it, but a file that is no table may be a single line.
LARGEST_LINE = 64 * 1024 * 1024
_PIECE = 1024 * 1024  # bytes that are read at a time
_SHOWN = 1000  # bytes that are kept of a line that is too long
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class Cut(bytes):
    """The beginning of a line that is longer than LARGEST_LINE."""


def too_long() -> str:
    """Return what is wrong with such a line."""
    return f"the row is longer than {LARGEST_LINE:,} bytes, more than is read at once; only its beginning is kept here"


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn what goes wrong with a file into words."""
    try:
        yield
    except FileNotFoundError:
        raise UnreadableTableError(f"{name}: no such file") from None
    except IsADirectoryError:
        raise UnreadableTableError(f"{name}: is a directory; give a file in it") from None
    except (EOFError, zlib.error) as error:
        raise UnreadableTableError(f"{name}: the gzip file is damaged or cut off: {error}") from None
    except OSError as error:
        raise UnreadableTableError(f"{name}: {(error.strerror or str(error)).lower()}") from None


def _open(name: str) -> BinaryIO:
    if name == STDIN:
        return sys.stdin.buffer
    if not name:
        raise UnreadableTableError("the name of a file is empty")
    with _readable(name):
        if name.lower().endswith(GZIP):
            return gzip.open(name, "rb")  # type: ignore[return-value]  # a GzipFile reads as a binary file does
        return Path(name).open("rb")


def byte_lines(name: str, *, returns: bool = False) -> Iterator[bytes]:
    """Yield the lines of a file as they stand there, without a byte order mark; of one that is too long, a ``Cut``.

    A line feed ends a line, and with ``returns`` a lone carriage return as well.
    """
    stream = _open(name)
    with _readable(name):
        for number, line in enumerate(_whole(_pieces(stream, returns=returns))):
            if number == 0:
                if line.startswith(_WIDE_MARKS):
                    raise UnreadableTableError(f"{name}: is UTF-16 or UTF-32; convert the file to UTF-8")
                line = type(line)(line.removeprefix(codecs.BOM_UTF8))
            yield line
    if name != STDIN:
        stream.close()


def _pieces(stream: BinaryIO, *, returns: bool) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of lines, and whether a line ends with each."""
    left = b""  # a carriage return at the end of a piece: it is not known yet whether a line feed follows
    while piece := stream.readline(_PIECE):
        if not returns:
            yield piece, piece.endswith(b"\n")
            continue
        piece = left + piece
        left = b"\r" if piece.endswith(b"\r") else b""
        for part in piece.removesuffix(left).splitlines(keepends=True) if left else piece.splitlines(keepends=True):
            yield part, part.endswith((b"\n", b"\r"))
    if left:
        yield left, True


def _whole(pieces: Iterator[tuple[bytes, bool]]) -> Iterator[bytes]:
    """Yield lines made of their pieces."""
    held: list[bytes] = []
    size = 0
    for piece, ends in pieces:
        size += len(piece)
        if ends and not held and size <= LARGEST_LINE:
            yield piece
            size = 0
            continue
        if size - len(piece) <= LARGEST_LINE:
            held.append(piece)
        if ends:
            yield _joined(held, size)
            held, size = [], 0
    if held:
        yield _joined(held, size)


def _joined(held: list[bytes], size: int) -> bytes:
    return b"".join(held) if size <= LARGEST_LINE else Cut(held[0][:_SHOWN])
