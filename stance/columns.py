"""The answers as Arrow columns beside those of an input: what tables in files, Ray and Spark have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stance.errors import InputError
from stance.frames import encodable, needed, statement_rows, statements_type
from stance.types import Document

if TYPE_CHECKING:
    import pyarrow  # type: ignore[import-untyped,unused-ignore]

ANSWERS = ("language", "warnings", "statements", "error")


def answer_types() -> dict[str, pyarrow.DataType]:
    """Return the Arrow types of the columns that are added, by their names.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    text = needed("pyarrow", "frames").string()
    types = (text, needed("pyarrow", "frames").list_(text), statements_type(), text)
    return dict(zip(ANSWERS, types, strict=True))


def answer_row(document: Document | None, error: str | None) -> dict[str, Any]:
    """Return what stands in the columns ``ANSWERS``: a document, or why there is none."""
    if document is None:
        return {"language": None, "warnings": [], "statements": [], "error": encodable(error)}
    return {
        "language": encodable(document.language),
        "warnings": [encodable(warning) for warning in document.warnings],
        "statements": statement_rows(document),
        "error": encodable(error),
    }


def renamed(names: Sequence[str]) -> list[str]:
    """Return the names that the columns of an input have beside the answers.

    One that is called as an answer gets ``input_`` before its name; InputError if there is such a name already.
    """
    made = [f"input_{name}" if name in ANSWERS else name for name in names]
    twice = next((name for name in made if made.count(name) > 1), None)
    if twice is not None and names.count(twice) > 1:
        raise InputError(f"the name {twice!r} stands over more than one column; give each a name of its own")
    if twice is not None:
        raise InputError(f"the input has the columns {twice!r} and {twice.removeprefix('input_')!r}; rename one")
    return made


def check_text_type(kind: Any, column: str) -> None:
    """Raise InputError if the Arrow type of the column of texts is one of something else."""
    types = needed("pyarrow", "frames").types
    inner = kind.value_type if types.is_dictionary(kind) else kind
    if not _is_text(inner) and not types.is_null(inner):
        raise InputError(f"the column {column!r} is of the type {kind}, not of strings")


def _is_text(kind: Any) -> bool:
    types = needed("pyarrow", "frames").types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def text_error(value: object, column: str | None = None) -> str | None:
    """Return why a value is no text to read; None if it is one. ``column`` is where it stands, if that is known."""
    name = "the text" if column is None else repr(column)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return f"{name} is null"
    if isinstance(value, bytes):
        try:
            value.decode()
        except UnicodeDecodeError as error:
            return f"{name} is not UTF-8 (the byte 0x{value[error.start]:02x})"
    if not isinstance(value, str):
        return f"{name} must be a string, not {type(value).__name__}"
    if not value.strip():
        return f"{name} is empty"
    if any("\ud800" <= character <= "\udfff" for character in value):
        return f"{name} has half of a surrogate pair, which is no character"
    return None


def text_of(scalar: Any) -> object:
    """Return a value of the column of texts; what is no text comes as something else, so that its row fails alone."""
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return _bytes_of(scalar)
    except (ValueError, OverflowError):
        return scalar


def _bytes_of(scalar: Any) -> bytes:
    types = needed("pyarrow", "frames").types
    string = scalar.value if types.is_dictionary(scalar.type) else scalar
    content: bytes = string.as_buffer().to_pybytes()
    return content


def value_of(scalar: Any) -> Any:
    """Return a value of any column; what Python has no value for (a time after the year 9999) comes as text."""
    try:
        return scalar.as_py()
    except (ValueError, OverflowError):
        return _as_text(scalar)


def _as_text(scalar: Any) -> Any:
    arrow = needed("pyarrow", "frames")
    kind = scalar.type
    if arrow.types.is_dictionary(kind):
        return value_of(scalar.value)
    if _is_text(kind):
        return _bytes_of(scalar).decode(errors="backslashreplace")
    if arrow.types.is_struct(kind):
        return {kind.field(place).name: value_of(scalar[place]) for place in range(kind.num_fields)}
    if arrow.types.is_nested(kind) and hasattr(scalar, "values"):
        return [value_of(each) for each in scalar.values]
    try:
        return scalar.cast(arrow.string()).as_py()
    except (arrow.ArrowException, ValueError):
        return str(scalar.value)  # the number by which Arrow keeps it
