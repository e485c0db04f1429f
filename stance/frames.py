"""Documents as tidy tables: data frames of pandas and polars, and the Arrow type of a column of statements.

Every table is built once, in Arrow, and a frame of either library is made from it, so that both have the same columns
and types. Half of a surrogate pair, which is no character and has no UTF-8, becomes the replacement character; the
offsets stay what they are.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from stance.errors import InputError, MissingExtraError
from stance.types import Document, Prediction, SentimentLabel, Span, Stance, StanceLabel

if TYPE_CHECKING:
    import pandas  # type: ignore[import-untyped,unused-ignore]
    import polars
    import pyarrow  # type: ignore[import-untyped,unused-ignore]

Library = Literal["pandas", "polars"]
Rows = Literal["stances", "statements"]
Item = TypeVar("Item")

# Which extra of the package brings what.
_EXTRAS = {"pandas": "frames", "polars": "polars", "pyarrow": "frames"}
_BATCH = 4096  # rows that are held as Python values before they become an Arrow batch
_LABELS = tuple(label.value for label in StanceLabel)
# Columns with the names of their types; the document's number or name stands in front of them.
_STATEMENT_COLUMNS = (
    ("language", "string"),
    ("statement", "int64"),
    ("text", "string"),
    ("speaker", "string"),
    ("kind", "string"),
    ("cue", "string"),
    ("start", "int64"),
    ("end", "int64"),
)
_STANCE_COLUMNS = (
    ("actor", "string"),
    ("stance", "string"),
    ("confidence", "float64"),
    *((label, "float64") for label in _LABELS),
)
_SENTIMENT_COLUMNS = (("sentiment", "string"), ("sentiment_confidence", "float64"))
COLUMNS = tuple(name for name, _ in (("document", ""), *_STATEMENT_COLUMNS, *_STANCE_COLUMNS, *_SENTIMENT_COLUMNS))


@overload
def to_frame(
    documents: Document | Iterable[Document],
    *,
    library: Literal["pandas"] = "pandas",
    rows: Rows = "stances",
    ids: Iterable[str] | Iterable[int] | None = None,
) -> pandas.DataFrame: ...


@overload
def to_frame(
    documents: Document | Iterable[Document],
    *,
    library: Literal["polars"],
    rows: Rows = "stances",
    ids: Iterable[str] | Iterable[int] | None = None,
) -> polars.DataFrame: ...


def to_frame(
    documents: Document | Iterable[Document],
    *,
    library: Library = "pandas",
    rows: Rows = "stances",
    ids: Iterable[str] | Iterable[int] | None = None,
) -> pandas.DataFrame | polars.DataFrame:
    """Return documents as a tidy data frame.

    With ``rows="stances"`` there is a row for every statement and actor, with the columns ``document`` (its number
    from 0), ``language``, ``statement`` (its number in the document from 0), ``text``, ``speaker``, ``kind``, ``cue``,
    ``start``, ``end``, ``actor``, ``stance``, ``confidence``, the probabilities ``against``, ``favor``, ``neutral``
    and ``unrelated``, ``sentiment`` and ``sentiment_confidence``. With ``rows="statements"`` there is a row for every
    statement, with ``stance_<actor>`` and ``confidence_<actor>`` for each actor of any document, null where a document
    was not asked about it. A document without statements has no row; a frame without rows has the same columns and
    types, without those that bear an actor's name.

    Args:
        documents: One document, several, or an iterator such as ``predict_many`` gives; only the table is kept of it.
        library: Which library's frame to make: ``"pandas"`` or ``"polars"``.
        rows: What a row is: ``"stances"`` or ``"statements"``.
        ids: What stands in the column ``document`` in place of the number: one str, or one int, a document.

    Raises:
        MissingExtraError: If the library, or pyarrow, is not installed; it names the extra.
        InputError: If ``library`` or ``rows`` is something else, or ``ids`` do not fit the documents.
        TypeError: If an item is no document.
    """
    if library not in ("pandas", "polars"):
        raise InputError(f"library must be 'pandas' or 'polars', not {library!r}")
    made = needed(library, _EXTRAS[library])
    table = to_table(documents, rows=rows, ids=ids, extra=_EXTRAS[library])
    frame: pandas.DataFrame | polars.DataFrame
    frame = made.from_arrow(table) if library == "polars" else table.to_pandas()
    return frame


def to_table(
    documents: Document | Iterable[Document],
    *,
    rows: Rows = "stances",
    ids: Iterable[str] | Iterable[int] | None = None,
    extra: str = "frames",
) -> pyarrow.Table:
    """Return documents as an Arrow table; see :func:`to_frame`. ``extra`` is what to name where pyarrow is absent."""
    if rows not in ("stances", "statements"):
        raise InputError(f"rows must be 'stances' or 'statements', not {rows!r}")
    arrow = needed("pyarrow", extra)
    tables, waiting = [], []
    kind = "int64" if ids is None else None
    actors: dict[str, None] = {}
    for identifier, document in _named(_several(documents), ids):
        kind = kind or _kind_of(identifier)
        if _kind_of(identifier) != kind:
            raise InputError(f"ids must be all str or all int; {identifier!r} is not like the first")
        # An id of numpy is an integer as well; Arrow and the columns want Python's.
        identifier = identifier if isinstance(identifier, str) else int(identifier)
        for prediction in document.predictions:
            actors.update(dict.fromkeys(map(encodable, prediction.stances)))
        waiting += _stance_rows(identifier, document) if rows == "stances" else _wide_rows(identifier, document)
        if len(waiting) >= _BATCH:
            tables.append(arrow.Table.from_pylist(waiting, schema=_schema(arrow, kind, rows, actors)))
            waiting = []
    schema = _schema(arrow, kind or "int64", rows, actors)
    tables.append(arrow.Table.from_pylist(waiting, schema=schema))
    # A table made before an actor was first met has no columns for it: they come as nulls.
    return arrow.concat_tables(tables, promote_options="default").select(schema.names)


def _several(documents: Document | Iterable[Document]) -> Iterator[Document]:
    for document in (documents,) if isinstance(documents, Document) else documents:
        if not isinstance(document, Document):
            raise TypeError(f"documents must be Document, not {type(document).__name__}")
        yield document


def _named(
    documents: Iterator[Document], ids: Iterable[str] | Iterable[int] | None
) -> Iterator[tuple[str | int, Document]]:
    """Yield the documents under their numbers or names; InputError if there are more of one than of the other."""
    if ids is None:
        yield from enumerate(documents)
        return
    if isinstance(ids, str | bytes):
        raise TypeError("ids must be several, one a document, not one str")
    given: Iterator[Any] = iter(ids)
    end: Any = object()
    for count, document in enumerate(documents):
        identifier = next(given, end)
        if identifier is end:
            raise InputError(f"there are {count} ids, but more documents")
        yield identifier, document
    if next(given, end) is not end:
        raise InputError("there are more ids than documents")


def _kind_of(identifier: object) -> str:
    """Return the Arrow type of a document's id; True is an int to Python, but no id."""
    if isinstance(identifier, str):
        return "string"
    if isinstance(identifier, Integral) and not isinstance(identifier, bool):
        return "int64"
    raise InputError(f"ids must be str or int, not {type(identifier).__name__}")


def _schema(arrow: Any, kind: str, rows: Rows, actors: Iterable[str]) -> Any:
    columns = [("document", kind), *_STATEMENT_COLUMNS]
    if rows == "stances":
        columns += _STANCE_COLUMNS
    else:
        for actor in actors:
            columns += [(f"stance_{actor}", "string"), (f"confidence_{actor}", "float64")]
    columns += _SENTIMENT_COLUMNS
    return arrow.schema([(name, getattr(arrow, of)()) for name, of in columns])


def stance_row(number: int, prediction: Prediction, stance: Stance, language: str | None) -> dict[str, Any]:
    """Return what a row of ``rows="stances"`` tells beside the document: a value for each of its columns."""
    tone = prediction.sentiment
    return {
        **_statement_row(number, prediction, language),
        "actor": encodable(stance.actor),
        "stance": stance.label.value,
        "confidence": stance.confidence,
        **{label: stance.probabilities.get(label) for label in _LABELS},
        "sentiment": tone.label.value,
        "sentiment_confidence": tone.confidence,
    }


def _stance_rows(identifier: str | int, document: Document) -> list[dict[str, Any]]:
    named = encodable(identifier) if isinstance(identifier, str) else identifier
    return [
        {"document": named, **stance_row(number, prediction, stance, document.language)}
        for number, prediction in enumerate(document.predictions)
        for stance in prediction.stances.values()
    ]


def _wide_rows(identifier: str | int, document: Document) -> list[dict[str, Any]]:
    named = encodable(identifier) if isinstance(identifier, str) else identifier
    rows = []
    for number, prediction in enumerate(document.predictions):
        row = {"document": named, **_statement_row(number, prediction, document.language)}
        for actor, stance in prediction.stances.items():
            row[f"stance_{encodable(actor)}"] = stance.label.value
            row[f"confidence_{encodable(actor)}"] = stance.confidence
        tone = prediction.sentiment
        rows.append({**row, "sentiment": tone.label.value, "sentiment_confidence": tone.confidence})
    return rows


def _statement_row(number: int, prediction: Prediction, language: str | None) -> dict[str, Any]:
    statement = prediction.statement
    return {
        "language": encodable(language),
        "statement": number,
        "text": encodable(statement.text),
        "speaker": encodable(statement.speaker),
        "kind": statement.kind.value,
        "cue": encodable(statement.cue),
        "start": statement.start,
        "end": statement.end,
    }


def statements_type() -> pyarrow.DataType:
    """Return the Arrow type of a column ``statements``: a list of structs, one a statement of the document.

    A struct has the keys of ``Prediction.to_dict()``; a span is a struct of ``start`` and ``end``, and ``stances`` are
    a list of structs with the key ``actor``.

    Raises:
        MissingExtraError: If pyarrow is not installed.
    """
    arrow = needed("pyarrow", "frames")
    text, place, number = arrow.string(), arrow.int64(), arrow.float64()
    span = arrow.struct([("start", place), ("end", place)])
    word = arrow.struct([("start", place), ("end", place), ("weight", number)])
    stance = arrow.struct(
        [
            ("actor", text),
            ("label", text),
            ("confidence", number),
            ("probabilities", arrow.struct([(label.value, number) for label in StanceLabel])),
            ("mentions", arrow.list_(span)),
            ("words", arrow.list_(word)),
        ]
    )
    tones = arrow.struct([(label.value, number) for label in SentimentLabel])
    sentiment = arrow.struct([("label", text), ("confidence", number), ("probabilities", tones)])
    statement = arrow.struct(
        [
            ("text", text),
            ("start", place),
            ("end", place),
            ("spans", arrow.list_(span)),
            ("kind", text),
            ("speaker", text),
            ("speaker_span", span),
            ("cue", text),
            ("context", text),
            ("stances", arrow.list_(stance)),
            ("sentiment", sentiment),
        ]
    )
    return arrow.list_(statement)


def statement_rows(document: Document) -> list[dict[str, Any]]:
    """Return a document's statements as the values that :func:`statements_type` describes."""
    return [_nested(prediction) for prediction in document.predictions]


def _nested(prediction: Prediction) -> dict[str, Any]:
    statement = prediction.statement
    return {
        "text": encodable(statement.text),
        "start": statement.start,
        "end": statement.end,
        "spans": [_span(span) for span in statement.spans],
        "kind": statement.kind.value,
        "speaker": encodable(statement.speaker),
        "speaker_span": _span(statement.speaker_span) if statement.speaker_span else None,
        "cue": encodable(statement.cue),
        "context": encodable(statement.context),
        "stances": [
            {
                "actor": encodable(stance.actor),
                "label": stance.label.value,
                "confidence": stance.confidence,
                "probabilities": dict(stance.probabilities),
                "mentions": [_span(span) for span in stance.mentions],
                "words": None if stance.words is None else [word.to_dict() for word in stance.words],
            }
            for stance in prediction.stances.values()
        ],
        "sentiment": prediction.sentiment.to_dict(),
    }


def _span(span: Span) -> dict[str, int]:
    return {"start": span[0], "end": span[1]}


@overload
def encodable(text: str) -> str: ...


@overload
def encodable(text: None) -> None: ...


def encodable(text: str | None) -> str | None:
    """Return a text of the same length that can be written in UTF-8: no half of a surrogate pair is left in it."""
    if text is None or text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def needed(module: str, extra: str) -> Any:
    """Import a module of an optional package; MissingExtraError names the extra that brings the package."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if (error.name or "").partition(".")[0] != package:
            raise
        raise MissingExtraError(package, extra) from None
