"""Statements and stances of a Ray Data dataset: ``pip install 'quote-stance[ray]'``.

A pool of actors reads the texts, each with a model of its own that it opens once. A text that cannot be read fails
alone, in the column ``error``. An actor that dies is started again by Ray, and its rows are read once more: they are
handed on only when a whole batch is done, so none is lost or there twice. A batch that kills its worker eleven times
ends the job.
"""

from __future__ import annotations

import inspect
import math
import os
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import columns
from stance.errors import InputError
from stance.frames import needed
from stance.integrations import reading
from stance.integrations.reading import Asked
from stance.types import Actor, ExtractionMode, StatementKind

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

# Rows that are sent, answered and, if a worker dies, read again together: some ten seconds of work for a processor, so
# that what Ray does for a batch (about 10 ms) costs nothing, and the last batch keeps the others waiting for no longer.
BATCH_SIZE = 64
# What Ray counts a worker's thread as. A worker is busy all the time, but were it counted in full, workers on all
# processors would leave no room for the tasks that read and write, and the job would wait for ever. Half is also where
# Ray's scheduler begins to fill the next machine, so that as many workers as processors come to be on each.
RESERVED = 0.5
# How often a batch whose worker died is read again. Ray would try for ever, and a text that kills whatever process
# reads it would keep a job from ending; so it fails, and Ray says so.
RETRIES = 10
# The tasks that read and write Parquet are seldom at work.
SMALL_TASK = 0.1
ROWS_A_FILE = 10_000
Workers = int | tuple[int, int]


def predict(
    dataset: Dataset,
    *,
    text_column: str,
    actors: Iterable[str | Actor] | None = None,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
    only_named: bool = False,
    explain: bool = False,
    model: str | Path | None = None,
    precision: str = "auto",
    workers: Workers | None = None,
    threads: int = 1,
    batch_size: int = BATCH_SIZE,
) -> Dataset:
    """Return a dataset with the columns of another and the answers to its texts; nothing is read before it is used.

    The new columns are ``language`` (string), ``warnings`` (list of string), ``statements`` (see
    :func:`stance.frames.statements_type`) and ``error`` (string, null where all went well); a column of the dataset
    that is called as one of them gets ``input_`` before its name. Ray keeps no order of rows: have a column that names
    them. Several workers of one thread each are faster than one of several threads.

    Args:
        dataset: Any dataset of Ray Data; one whose columns are not known yet is asked for its first rows.
        text_column: The column that holds the texts.
        actors: Names, or actors of your own; None for NATO, Russia, DPRK and China.
        language: ISO 639-1 code of every text; None to detect each.
        kinds: As in :func:`stance.predict`.
        mode: As in :func:`stance.predict`.
        only_named: As in :func:`stance.predict`.
        explain: As in :func:`stance.predict`.
        model: A model folder that is at the same place on every machine; None and ``"fast"`` for those of the package.
        precision: As in :func:`stance.load`.
        workers: How many actors of Ray read side by side, or the least and the most of a pool that grows; None for as
            many as the cluster has processors for.
        threads: Threads a worker.
        batch_size: Rows that go to a worker at a time.

    Raises:
        MissingExtraError: If Ray or pyarrow is not installed.
        StanceError: If an option cannot be used; its subclass says which.
        InputError: If the dataset has no such column, or one of another type than text.
    """
    ray_data = needed("ray.data", "ray")
    arrow = needed("pyarrow", "ray")
    asked = reading.asked(
        actors=actors,
        language=language,
        kinds=kinds,
        mode=mode,
        only_named=only_named,
        explain=explain,
        model=model,
        precision=precision,
        threads=threads,
    )
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise InputError(f"batch_size must be at least 1, not {batch_size!r}")
    least, most = _pool(workers, threads)
    schema = dataset.schema()
    if schema is not None:
        _check_column(schema.names, text_column)
        columns.renamed(schema.names)
        kind = schema.types[schema.names.index(text_column)]
        if isinstance(kind, arrow.DataType):
            columns.check_text_type(kind, text_column)
    # Blocks of Ray are up to 128 MB, hours of work for one worker: they are cut to batches first.
    batches = dataset.repartition(target_num_rows_per_block=batch_size)
    with warnings.catch_warnings():
        # Ray is about to take the number of retries by another way than these versions do.
        warnings.filterwarnings("ignore", message=".*ray_remote_args")
        return batches.map_batches(
            _Reader,
            fn_constructor_args=(asked, text_column),
            batch_format="pyarrow",
            batch_size=None,
            compute=ray_data.ActorPoolStrategy(min_size=least, max_size=most, initial_size=least),
            num_cpus=_reserved(most, threads),
            udf_modifying_row_count=False,
            **_retries(batches.map_batches),
        )


def _pool(workers: Workers | None, threads: int) -> tuple[int, int]:
    """Return the least and the most workers."""
    if workers is None:
        count = max(1, int(_processors()[0]) // threads)
        return count, count
    sizes = workers if isinstance(workers, tuple) else (workers, workers)
    right = all(isinstance(size, int) and not isinstance(size, bool) and size >= 1 for size in sizes)
    if not right or len(sizes) != 2 or sizes[0] > sizes[1]:
        raise InputError(f"workers must be a number of at least 1, or the least and the most, not {workers!r}")
    return sizes[0], sizes[1]


def _processors() -> tuple[float, int]:
    """Return how many processors the cluster has, and how many machines; Ray is started where it is not."""
    ray = needed("ray", "ray")
    if not ray.is_initialized():
        ray.init()
    return float(ray.cluster_resources().get("CPU", 0.0)), len(ray.nodes())


def _reserved(workers: int, threads: int) -> float:
    """Return the processors to reserve for a worker: on one machine so few that a reading task always finds one."""
    processors, machines = _processors()
    wanted = RESERVED * threads
    if machines > 1 or not processors:
        return wanted
    return min(wanted, math.floor(max(0.0, processors - 1) / workers * 100) / 100)


def _retries(map_batches: Callable[..., Dataset]) -> dict[str, Any]:
    """Return the option that ends retries; versions of Ray that no longer take it here have one of their own."""
    taken = inspect.signature(map_batches).parameters.values()
    takes = any(one.kind is one.VAR_KEYWORD or one.name == "max_task_retries" for one in taken)
    return {"max_task_retries": RETRIES} if takes else {}


def _check_column(names: Sequence[str], text_column: str) -> None:
    if text_column not in names:
        raise InputError(f"there is no column {text_column!r}; there are {list(names)}")


class _Reader:
    """The actor of Ray: it has opened the model when its first batch comes."""

    def __init__(self, asked: Asked, text_column: str) -> None:
        self._asked = asked
        self._text_column = text_column
        self._predictor = asked.predictor()

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        """Return a batch with the columns of the answers."""
        arrow = needed("pyarrow", "ray")
        _check_column(batch.column_names, self._text_column)
        # A block may be of another type than the others, as one of missing texts alone is: its rows fail one by one.
        texts = (columns.text_of(text) for text in batch.column(self._text_column))
        rows = list(reading.rows(self._predictor, texts, self._asked, column=self._text_column))
        batch = batch.rename_columns(columns.renamed(batch.column_names))
        for name, kind in columns.answer_types().items():
            batch = batch.append_column(arrow.field(name, kind), arrow.array([row[name] for row in rows], type=kind))
        return batch


@dataclass(frozen=True, slots=True)
class Written:
    """What :func:`predict_files` has written: rows, and how many of them have an ``error``."""

    rows: int
    failed: int


def predict_files(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    text_column: str = "text",
    actors: Iterable[str | Actor] | None = None,
    language: str | None = None,
    kinds: Collection[StatementKind | str] | None = None,
    mode: ExtractionMode | str = ExtractionMode.FULL,
    only_named: bool = False,
    explain: bool = False,
    model: str | Path | None = None,
    precision: str = "auto",
    workers: Workers | None = None,
    threads: int = 1,
    batch_size: int = BATCH_SIZE,
) -> Written:
    """Read Parquet files with Ray and write their rows with the answers to Parquet files in a folder.

    It runs on the cluster that ``RAY_ADDRESS`` names, else on this machine. Rows are written in no fixed order. A job
    that is broken off leaves the files that it has finished; it is begun anew in another folder.

    Args:
        inputs: A folder, a file or several, here or where pyarrow finds them (``s3://``).
        output: A folder that is empty or not there yet.
        text_column: The column that holds the texts.
        actors: As in :func:`predict`, and so are the others.
        language: See there.
        kinds: See there.
        mode: See there.
        only_named: See there.
        explain: See there.
        model: See there.
        precision: See there.
        workers: See there.
        threads: See there.
        batch_size: See there.

    Returns:
        How many rows were written, and how many of them could not be read.

    Raises:
        InputError: If there is nothing to read, or the output folder is not empty.
        MissingExtraError: If Ray or pyarrow is not installed.
    """
    ray, ray_data = needed("ray", "ray"), needed("ray.data", "ray")
    sources = [inputs] if isinstance(inputs, str | Path) else list(inputs)
    if not sources:
        raise InputError("there are no files to read")
    for source in sources:
        if "://" not in str(source) and not Path(source).exists():
            raise InputError(f"there is no {source}")
    target = str(output) if "://" in str(output) else os.path.abspath(output)
    _check_output(target)
    if not ray.is_initialized():
        # A cluster of one job on one machine needs no page to watch it, and nobody needs to be told of it.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        ray.init(**({} if os.environ.get("RAY_ADDRESS") else {"include_dashboard": False}))
    paths = [str(source) if "://" in str(source) else os.path.abspath(source) for source in sources]
    given = ray_data.read_parquet(paths, num_cpus=SMALL_TASK)
    answered = predict(
        given,
        text_column=text_column,
        actors=actors,
        language=language,
        kinds=kinds,
        mode=mode,
        only_named=only_named,
        explain=explain,
        model=model,
        precision=precision,
        workers=workers,
        threads=threads,
        batch_size=batch_size,
    )
    answered.write_parquet(target, min_rows_per_file=ROWS_A_FILE, ray_remote_args={"num_cpus": SMALL_TASK})
    system, path = _found(target)
    if not system.get_file_info(needed("pyarrow.fs", "ray").FileSelector(path, allow_not_found=True)):
        _write_empty(given, system, path)
    written = needed("pyarrow.dataset", "ray").dataset(path, filesystem=system, format="parquet")
    failed = needed("pyarrow.compute", "ray").field("error").is_valid()
    return Written(written.count_rows(), written.count_rows(filter=failed))


def _write_empty(given: Dataset, system: Any, path: str) -> None:
    """Write a file without rows: Ray writes none for such a dataset, and a reader would miss the columns."""
    arrow = needed("pyarrow", "ray")
    schema = given.schema()
    given_fields = [] if schema is None else list(schema.base_schema)
    names = columns.renamed([field.name for field in given_fields])
    answers = [arrow.field(name, kind) for name, kind in columns.answer_types().items()]
    whole = arrow.schema([*(field.with_name(name) for field, name in zip(given_fields, names, strict=True)), *answers])
    system.create_dir(path)
    needed("pyarrow.parquet", "ray").write_table(whole.empty_table(), f"{path}/empty.parquet", filesystem=system)


def _found(target: str) -> tuple[Any, str]:
    """Return the file system of a folder and its path there."""
    fs = needed("pyarrow.fs", "ray")
    return fs.FileSystem.from_uri(target) if "://" in target else (fs.LocalFileSystem(), target)


def _check_output(target: str) -> None:
    """Raise InputError if something is there already that the answers would be mixed with."""
    fs = needed("pyarrow.fs", "ray")
    system, path = _found(target)
    if system.get_file_info(path).type == fs.FileType.File:
        raise InputError(f"{target} is a file; name a folder")
    if system.get_file_info(fs.FileSelector(path, allow_not_found=True)):
        raise InputError(f"the folder {target} is not empty; name another")
