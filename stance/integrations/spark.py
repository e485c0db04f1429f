"""Statements and stances as a column of a Spark data frame: ``pip install 'quote-stance[spark]'``.

Every Python worker of Spark opens the model once, and reads with one thread: Spark has a worker for every core.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from types import GenericAlias
from typing import TYPE_CHECKING, Any

from stance import columns, frames
from stance.integrations import reading
from stance.types import Actor, ExtractionMode, StatementKind

if TYPE_CHECKING:
    from pyspark.sql import Column
    from pyspark.sql.types import StructType


def predict_udf(
    *,
    actors: Iterable[str | Actor] | None = None,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
    only_named: bool = False,
    explain: bool = False,
    model: str | Path | None = None,
    precision: str = "auto",
) -> Callable[[Any], Column]:
    """Return a function of a column of texts, for ``select`` and ``withColumn``; a Spark session must be running.

    It gives a struct: ``language`` (string), ``warnings`` (array of string), ``statements`` (array of struct, see
    :func:`stance.frames.statements_type`) and ``error`` (string, null where all went well). A text that is null or
    cannot be read fails alone.

    Args:
        actors: Names, or actors of your own; None for NATO, Russia, DPRK and China.
        language: ISO 639-1 code of every text; None to detect each.
        kinds: As in :func:`stance.predict`.
        mode: As in :func:`stance.predict`.
        only_named: As in :func:`stance.predict`.
        explain: As in :func:`stance.predict`.
        model: A model folder that is at the same place on every machine; None and ``"fast"`` for those of the package.
        precision: As in :func:`stance.load`.

    Raises:
        MissingExtraError: If pyspark, pandas or pyarrow is not installed.
        StanceError: If an option cannot be used; its subclass says which.
    """
    functions = frames.needed("pyspark.sql.functions", "spark")
    frame, series = frames.needed("pandas", "spark").DataFrame, frames.needed("pandas", "spark").Series
    asked = reading.asked(
        actors=actors,
        language=language,
        kinds=kinds,
        mode=mode,
        only_named=only_named,
        explain=explain,
        model=model,
        precision=precision,
    )

    def answer(batches: Iterator[Any]) -> Iterator[Any]:
        for texts in batches:
            # A null of Spark comes as None or as NaN, as the version of pandas will have it.
            given = [None if missing else text for text, missing in zip(texts, texts.isna(), strict=True)]
            rows = reading.rows(reading.opened(asked), given, asked)
            yield frame(list(rows), columns=list(columns.ANSWERS))

    # Spark tells an iterator of batches by the types, which it must be able to look up where they are written.
    answer.__annotations__ = {"batches": GenericAlias(Iterator, series), "return": GenericAlias(Iterator, frame)}
    made: Callable[[Any], Column] = functions.pandas_udf(answer, returnType=answer_type())
    return made


def answer_type() -> StructType:
    """Return the type of the struct that :func:`predict_udf` gives."""
    types = frames.needed("pyspark.sql.types", "spark")
    convert = frames.needed("pyspark.sql.pandas.types", "spark").from_arrow_type
    fields = [types.StructField(name, convert(kind)) for name, kind in columns.answer_types().items()]
    made: StructType = types.StructType(fields)
    return made
