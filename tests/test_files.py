import codecs
import csv
import gzip
import io
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
from collections import deque
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from stance.cli import main
from stance.columns import value_of
from stance.errors import InputError, ModelError
from stance.files import (
    FileFormat,
    OnError,
    Row,
    RowFailedError,
    TableJob,
    UnreadableTableError,
    is_table,
    predict_table,
)
from stance.files.asking import answers
from stance.files.durable import only_one
from stance.files.lines import byte_lines
from stance.files.parquetreading import opened
from stance.frames import COLUMNS, statement_rows, statements_type
from stance.predictor import Unread
from stance.question import Question
from stance.types import Document, Prediction, Sentiment, Stance, Statement
from tests.conftest import NEWS, ROOT

TEXTS = ["“We thank NATO,” said Ann Bell.", "Nothing happened.", "“Russia must leave our towns,” said Ola Berg."]
AHEAD = 8


def found(text, actors=("NATO", "Iran")):
    """What the fake answers: of every text that has a mark, all is one statement."""
    if "“" not in text:
        return Document(text, None)
    shares = {"against": 0.5, "favor": 0.25, "neutral": 0.125, "unrelated": 0.125}
    stances = {actor: Stance(actor, "against", 0.5, shares) for actor in actors}
    tone = Sentiment("neutral", 0.5, {"negative": 0.25, "neutral": 0.5, "positive": 0.25})
    return Document(text, "en", (Prediction(Statement.of_spans(text, [(0, len(text))]), stances, tone),), ("mind",))


class Fake:
    """Answers without a model; texts that say so fail."""

    precision = "fp32"

    def __init__(self, folder=None):
        self.folder = folder
        self.taken = self.given = self.most = 0

    def answers(self, texts, question):
        waiting = deque()
        texts = iter(texts)
        while True:
            while len(waiting) < AHEAD and (text := next(texts, None)) is not None:
                self.taken += 1
                waiting.append(text)
                self.most = max(self.most, self.taken - self.given)
            if not waiting:
                return
            text = waiting.popleft()
            self.given += 1
            error = RuntimeError("out of order") if "breaks" in text else InputError("odd") if "odd" in text else None
            yield found(text) if error is None else Unread(text, error)


@pytest.fixture
def fake(tiny):
    return Fake(tiny.folder)


@pytest.fixture
def go(fake, tmp_path):
    """Run a job with the fake on a file with the given content and return how far it came."""

    def go(content=None, output="out.jsonl", *, name="in.jsonl", watch=None, **options):
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        options.setdefault("text_column", "text")
        job = TableJob(str(file), output=tmp_path / output, **options)
        return predict_table(job, lambda: fake, watch=watch)

    go.folder = tmp_path
    return go


def json_lines(path):
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.decode().splitlines()]


def failures(path):
    return [(line["row"], line["error"]) for line in json_lines(path.with_name(f"{path.name}.failures.jsonl"))]


def as_jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_csv(rows, **options):
    stream = io.StringIO(newline="")
    csv.writer(stream, **options).writerows(rows)
    return stream.getvalue()


# --- the forms


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("a.jsonl", True),
        ("a.NDJSON", True),
        ("x/a.csv.gz", True),
        ("a.tsv", True),
        ("a.parquet", True),
        ("a.parquet.gz", False),
        ("a.txt", False),
        ("csv", False),
        ("-", False),
        ("a.json", False),
    ],
)
def test_a_files_name_tells_whether_it_is_a_table(name, table):
    assert is_table(name) is table


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "ndjson"])
def test_json_lines_come_out_as_a_line_a_row(go, ending):
    rows = [{"text": text, "key": [number], "more": {"ü": None}} for number, text in enumerate(TEXTS)]
    out = f"out.{ending}"
    done = go(as_jsonl(rows), out, id_column="key", keep_columns=True)
    assert (done.rows, done.failed) == (3, 0)
    lines = json_lines(go.folder / out)
    assert lines == [
        {
            "row": number,
            "id": [number],
            "columns": {"more": {"ü": None}},
            **{key: value for key, value in found(text).to_dict().items() if key != "text"},
        }
        for number, text in enumerate(TEXTS)
    ]
    # Nothing else is left but what tells that it is finished.
    assert sorted(path.name for path in go.folder.iterdir()) == sorted(["in.jsonl", out, f"{out}.resume.json"])


@pytest.mark.parametrize("ending", ["csv", "tsv", "csv.gz"])
def test_csv_comes_out_as_a_row_a_statement_and_actor(go, ending):
    texts = ['“One, "two",\r\nthree.”', "None.", "“Tab\tand\rmore”"]
    go(as_csv([["n", "text", "start"], *(["id;1", text, "=1"] for text in texts)]), f"out.{ending}", name="in.csv",
       id_column="n", keep_columns=True)  # fmt: skip
    path = go.folder / f"out.{ending}"
    content = gzip.decompress(path.read_bytes()) if ending.endswith("gz") else path.read_bytes()
    rows = list(
        csv.DictReader(io.StringIO(content.decode(), newline=""), dialect="excel-tab" if ending == "tsv" else "excel")
    )
    assert list(rows[0]) == ["row", "id", *COLUMNS[1:], "input_start"]
    assert [(row["row"], row["id"], row["text"], row["actor"], row["input_start"]) for row in rows] == [
        (str(number), "id;1", texts[number], actor, "=1") for number in (0, 2) for actor in ("NATO", "Iran")
    ]
    assert rows[0]["against"] == "0.5"
    assert rows[0]["speaker"] == ""


def test_parquet_keeps_the_columns_of_the_input_in_their_types(go):
    table = pyarrow.table(
        {
            "text": pyarrow.array([*TEXTS, None, ""] * 50).dictionary_encode(),
            "language": [1, 2, 3, 4, 5] * 50,
            "when": pyarrow.array([datetime(2024, 1, 1), None] * 125, pyarrow.timestamp("ns", "UTC")),
            "nested": [[{"a": Decimal("1.5")}], None, [], [], []] * 50,
        }
    )
    parquet.write_table(table, go.folder / "in.parquet", row_group_size=33)
    progress = go(output="out.parquet", name="in.parquet")
    assert (progress.rows, progress.failed, progress.renamed) == (250, 100, ("language",))
    out = parquet.read_table(go.folder / "out.parquet")
    assert out.schema.names == [
        "text",
        "input_language",
        "when",
        "nested",
        "language",
        "warnings",
        "statements",
        "error",
    ]
    assert out.schema.field("statements").type == statements_type()
    assert out.schema.field("when").type == table.schema.field("when").type
    for name in ("when", "nested"):
        assert out[name].to_pylist() == table[name].to_pylist()
    assert out["text"].to_pylist() == table["text"].to_pylist()
    assert out["input_language"].to_pylist() == table["language"].to_pylist()
    assert out["statements"].to_pylist()[:5] == [*(statement_rows(found(text)) for text in TEXTS), [], []]
    assert out["error"].to_pylist()[:5] == [None, None, None, "'text' is null", "'text' is empty"]
    assert out["language"].to_pylist()[:4] == ["en", None, "en", None]
    assert len(failures(go.folder / "out.parquet")) == 100
    assert not (go.folder / "out.parquet.parts").exists()


def test_parquet_can_come_out_as_lines(go):
    when = datetime(2024, 5, 6, 7)
    table = pyarrow.table({"text": TEXTS, "key": [when] * 3, "share": [float("nan"), 1.0, 2.0], "raw": [b"\xff"] * 3})
    parquet.write_table(table, go.folder / "in.parquet")
    go(name="in.parquet", id_column="key", keep_columns=True)
    first = json_lines(go.folder / "out.jsonl")[0]
    assert (first["id"], first["columns"]) == (when.isoformat(), {"share": None, "raw": "/w=="})
    go(name="in.parquet", output="out.csv", id_column="key", keep_columns=True)
    rows = list(csv.DictReader((go.folder / "out.csv").open(newline="")))
    assert (rows[0]["input_raw"], rows[0]["id"]) == ("/w==", when.isoformat())


def test_lines_can_come_out_as_parquet(go):
    rows = as_csv([["n", "text", "error"], *([str(number), text, "e"] for number, text in enumerate(TEXTS)), ["4"]])
    go(rows, "out.parquet", name="in.csv")
    out = parquet.read_table(go.folder / "out.parquet")
    assert out.schema.names == ["n", "text", "input_error", "language", "warnings", "statements", "error"]
    assert out["n"].to_pylist() == ["0", "1", "2", None]
    assert out["error"].to_pylist() == [None, None, None, "1 fields in place of 3"]
    lines = (
        as_jsonl([{"text": TEXTS[0], "key": 7, "a": 1}, {"text": TEXTS[1], "key": "HALF"}]).replace("HALF", "\\ud800")
        + "no\n"
    )
    go(lines, "two.parquet", id_column="key", keep_columns=True)
    two = parquet.read_table(go.folder / "two.parquet")
    assert two.select(["key", "text", "columns"]).to_pylist() == [
        {"key": "7", "text": TEXTS[0], "columns": '{"a": 1}'},
        {"key": "\ufffd", "text": TEXTS[1], "columns": "{}"},
        {"key": None, "text": None, "columns": "{}"},
    ]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet", "jsonl.gz"])
@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet"])
def test_a_table_without_rows(go, ending, name):
    if name == "in.parquet":
        parquet.write_table(pyarrow.table({"text": pyarrow.array([], pyarrow.string())}), go.folder / name)
        go(output=f"out.{ending}", name=name)
    else:
        go("" if name == "in.jsonl" else "text,n\n", f"out.{ending}", name=name)
    path = go.folder / f"out.{ending}"
    if ending == "parquet":
        assert parquet.read_table(path).num_rows == 0
    elif ending == "csv":
        assert path.read_text().count("\n") == 1
    else:
        assert path.read_bytes() == b""
    assert not list(go.folder.glob("*.failures*"))


# --- what is odd in a table


def test_json_lines_that_are_none_fail_alone(go):
    content = (
        codecs.BOM_UTF8
        + as_jsonl([{"text": TEXTS[0]}]).encode().replace(b"\n", b"\r\n")
        + b"\r\n  \n"
        + b'{"text": null}\n{"text": 7}\n{"text": ""}\n{"txt": "a"}\n[1]\n{"text": "a", "text": "b"}\n{"text": NaN}\n'
        + b'{"text": "\xff"}\n{"text": "\\ud800"}\n'
        + b"[" * 100_000
        + b'\n{"text": "a\\u0000b"}\n{"text": "cut'
    )
    done = go(content)
    assert (done.rows, done.failed) == (13, 11)
    assert [line["row"] for line in json_lines(go.folder / "out.jsonl")] == [0, 11]
    told = failures(go.folder / "out.jsonl")
    assert [row for row, _ in told] == [*range(1, 11), 12]
    expected = ["is null", "not int", "is empty", "keys are 'txt'", "no JSON object", "twice", "NaN", "not UTF-8"]
    expected += ["surrogate", "nested", "no JSON: Unterminated"]
    for (_, error), part in zip(told, expected, strict=True):
        assert part in error
    kept = json_lines(go.folder / "out.jsonl.failures.jsonl")
    assert kept[0] == {"row": 1, "line": 4, "id": None, "error": "'text' is null", "raw": '{"text": null}'}
    assert kept[7]["raw_base64"] == "eyJ0ZXh0IjogIv8ifQ=="
    assert kept[-1]["raw"] == '{"text": "cut'


def test_csv_rows_that_are_none_fail_alone(go):
    content = (
        codecs.BOM_UTF8
        + b'n,"text"\r\n'
        + b'1,"One ""two"",\r\nthree\x00"\r\n'
        + b"\r\n"
        + b"2\r\n3,a,b\r\n"
        + b'4,"a"b\r\n'
        + b"5,caf\xe9\r\n"
        + b"6,  \r\n"
        + '7,"Ещё"\n'.encode()
        + b'8,"never closed\r\n9,x'
    )
    done = go(content, name="in.csv", id_column="n", keep_columns=True)
    assert (done.rows, done.failed) == (8, 6)
    assert [(line["row"], line["id"]) for line in json_lines(go.folder / "out.jsonl")] == [(0, "1"), (6, "7")]
    kept = json_lines(go.folder / "out.jsonl.failures.jsonl")
    assert [(line["row"], line["line"], line["id"]) for line in kept] == [
        (1, 5, None),
        (2, 6, None),
        (3, 7, None),
        (4, 8, None),
        (5, 9, "6"),
        (7, 11, None),
    ]
    for line, part in zip(
        kept, ["1 fields", "3 fields", "expected", "byte 0xe9", "is empty", "not closed before"], strict=True
    ):
        assert part in line["error"]
    assert "Windows-1252" in kept[3]["error"]
    assert kept[3]["raw_base64"] == "NSxjYWbp"
    assert kept[-1]["raw"] == '8,"never closed\r\n9,x'


def test_a_huge_field_is_read_and_one_beyond_the_limit_fails_alone(go, monkeypatch):
    huge = "x" * 1_000_000
    before = csv.field_size_limit()
    assert go(f'text\n"“{huge}”"\n', name="in.csv").failed == 0
    assert csv.field_size_limit() == before
    monkeypatch.setattr("stance.files.reading.LARGEST_FIELD", 1000)
    done = go(f'text\n"{huge}"\nshort\n', "two.jsonl", name="in.csv")
    assert (done.rows, done.failed) == (2, 1)
    kept = json_lines(go.folder / "two.jsonl.failures.jsonl")
    assert "quotation mark not closed" in kept[0]["error"]
    assert kept[0]["raw"] == f'"{huge}"'


def test_old_line_endings_and_other_delimiters(go):
    go("n;text\r1;a\r2;b\rc;d;e\r", name="in.csv", delimiter=";", id_column="n")
    assert [line["id"] for line in json_lines(go.folder / "out.jsonl")] == ["1", "2"]
    go("n\ttext\n1\ta, b\n", "two.jsonl", name="in.tsv", id_column="n")
    assert [line["id"] for line in json_lines(go.folder / "two.jsonl")] == ["1"]


@pytest.mark.parametrize(
    ("name", "content", "kind", "message"),
    [
        ("in.csv", "a,b\n1,2\n", InputError, "there is no column 'text'; the columns are 'a', 'b'"),
        ("in.csv", "a;text\n1;2\n", InputError, "--delimiter"),
        ("in.csv", "text,text\n1,2\n", InputError, "more than one column"),
        ("in.csv", "", UnreadableTableError, "is empty"),
        ("in.csv", "\n\n", UnreadableTableError, "is empty"),
        ("in.csv", b"text,caf\xe9\n1,2\n", UnreadableTableError, "Windows-1252"),
        ("in.csv", "text\n1\n".encode("utf-16"), UnreadableTableError, "UTF-16"),
        ("in.csv", '"text\n', UnreadableTableError, "names of the columns"),
        ("in.jsonl", "{}\n" + '{"a": 1}\n' * 2, InputError, "the columns are 'a'"),
        ("in.jsonl", '{"text": ""}\n'.encode("utf-16"), UnreadableTableError, "UTF-16"),
        ("in.jsonl.gz", "no gzip", UnreadableTableError, "gzip"),
        ("in.jsonl.gz", gzip.compress(b'{"text": "a"}\n' * 9999)[:-20], UnreadableTableError, "damaged or cut off"),
        ("in.parquet", "no Parquet", UnreadableTableError, "no Parquet"),
        ("in.txt", "text", InputError, "must end in"),
        ("missing/in.csv", None, UnreadableTableError, "no such file"),
        ("missing.parquet", None, UnreadableTableError, "no such file"),
    ],
)
def test_tables_that_cannot_be_read_are_refused_with_the_reason(go, name, content, kind, message):
    with pytest.raises(kind, match=message):
        go(content, name=name)


def test_a_folder_is_no_table(go):
    (go.folder / "in.csv").mkdir()
    with pytest.raises(UnreadableTableError, match="is a directory"):
        go(name="in.csv")


def test_columns_of_parquet_must_be_of_texts_and_apart(go):
    table = pyarrow.table({"text": [1], "a": ["b"], "language": ["c"], "input_language": ["d"]})
    parquet.write_table(table, go.folder / "in.parquet")
    with pytest.raises(InputError, match="of the type int64"):
        go(name="in.parquet")
    with pytest.raises(InputError, match="the columns are 'text', 'a'"):
        go(name="in.parquet", text_column="b")
    with pytest.raises(InputError, match="'input_language' and 'language'"):
        go(name="in.parquet", output="out.parquet", text_column="a")
    twice = pyarrow.Table.from_arrays([pyarrow.array(["a"])] * 2, ["text", "text"])
    parquet.write_table(twice, go.folder / "two.parquet")
    with pytest.raises(InputError, match="more than one column"):
        go(name="two.parquet")


def test_a_value_of_parquet_that_is_no_utf8_fails_alone(go):
    bad = pyarrow.Array.from_buffers(
        pyarrow.string(),
        2,
        [None, pyarrow.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])), pyarrow.py_buffer(b"\xffa")],
    )
    parquet.write_table(pyarrow.table({"text": bad}), go.folder / "in.parquet")
    done = go(name="in.parquet")
    assert (done.rows, done.failed) == (2, 1)
    assert failures(go.folder / "out.jsonl") == [(0, "'text' is not UTF-8 (the byte 0xff)")]
    assert json_lines(go.folder / "out.jsonl.failures.jsonl")[0]["record"] == {"text": "\\xff"}


def test_jobs_that_make_no_sense_are_refused(go, tmp_path):
    content = as_jsonl([{"text": "a"}])
    for options, message in [
        ({"output": "in.jsonl"}, "same file"),
        ({"failures": tmp_path / "in.jsonl"}, "same file"),
        ({"failures": tmp_path / "out.jsonl"}, "same file"),
        ({"output": "none/out.jsonl"}, "no folder"),
        ({"output": "out.xlsx"}, "must end in"),
        ({"resume": True, "force": True}, "give one of them"),
        ({"delimiter": ";"}, "is for CSV"),
        ({"output": "out.csv", "keep_columns": True}, "cannot keep them"),
        ({"checkpoint_seconds": -1.0}, "at least 0"),
    ]:
        with pytest.raises(InputError, match=message):
            go(content, **options)
    os.link(tmp_path / "in.jsonl", tmp_path / "other.jsonl")
    with pytest.raises(InputError, match="same file"):
        go(content, "other.jsonl")
    with pytest.raises(InputError, match="input-format"):
        TableJob("-", "text")
    with pytest.raises(InputError, match="standard input"):
        TableJob("-", "text", input_format=FileFormat.PARQUET)
    for delimiter in ("", ";;", "\n", '"'):
        with pytest.raises(InputError, match="delimiter"):
            go("text\n", name="in.csv", delimiter=delimiter)


def test_failures_do_not_go_into_what_a_run_keeps_for_itself(go):
    for end in (".resume.json", ".resume.json.new", ".lock"):
        with pytest.raises(InputError, match="same file"):
            go(as_jsonl([{"text": "“a”"}]), failures=go.folder / f"out.jsonl{end}")


# --- rows that fail in the model, and how much is read ahead


@pytest.mark.parametrize("place", [0, 3, 39])
@pytest.mark.parametrize("what", ["breaks", "odd"])
def test_a_text_that_the_model_fails_at_keeps_no_other_from_being_read(go, what, place):
    texts = [f"“{number}”" for number in range(40)]
    texts[place] = f"“It {what}”"
    done = go(as_jsonl([{"text": text} for text in texts]))
    assert (done.rows, done.failed) == (40, 1)
    lines = json_lines(go.folder / "out.jsonl")
    assert [line["row"] for line in lines] == [row for row in range(40) if row != place]
    assert [line["statements"][0]["text"] for line in lines] == [text for row, text in enumerate(texts) if row != place]
    ((row, error),) = failures(go.folder / "out.jsonl")
    assert (row, error) == (place, {"breaks": "RuntimeError: out of order", "odd": "odd"}[what])


def test_no_more_rows_are_read_than_the_predictor_takes_texts():
    predictor = Fake()
    read = itertools.count()
    made = (Row(next(read), text="“a”", error="bad" if number % 3 else None) for number in range(100_000))
    for number, (row, document, error) in enumerate(answers(predictor, made, Question.of())):
        assert row.number == number
        assert (document is None) == (error is not None)
        if number % 10_000 == 0:
            assert next(read) <= 100_000
            read = itertools.count(next(read) - 1)
    assert predictor.taken == 100_000
    assert predictor.most <= AHEAD


def test_a_large_table_takes_little_memory(go):
    with (go.folder / "in.jsonl").open("w") as file:
        for number in range(20_000):
            file.write(json.dumps({"text": f"{number} " + "x" * 1000}) + "\n" if number % 2 else "broken" * 100 + "\n")
    tracemalloc.start()
    try:
        assert go(checkpoint_seconds=0.5).failed == 10_000
        assert tracemalloc.get_traced_memory()[1] < 4e6  # of 16 MB in the file
    finally:
        tracemalloc.stop()


# --- an interruption and what comes after it


def table_of(path):
    if path.suffix == ".parquet":
        return parquet.read_table(path).to_pylist()
    return path.read_bytes() if path.suffix != ".gz" else gzip.decompress(path.read_bytes())


def content_of(count):
    """Rows of which some have no statement and some fail."""
    rows = [as_jsonl([{"text": f"“{number}”" if number % 3 else "none", "n": number}]) for number in range(count)]
    rows[5::7] = ["broken\n"] * len(rows[5::7])
    return "".join(rows)


ENDINGS = ["jsonl", "csv", "parquet", "jsonl.gz"]


class CrashError(BaseException):
    """What stands for a death of the process."""


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_run_that_ends_after_any_row_goes_on_without_loss_or_doubles(go, ending):
    go(content_of(30), f"whole.{ending}", checkpoint_seconds=0.0)
    whole = table_of(go.folder / f"whole.{ending}")
    for stop in (1, 2, 6, 29, 30):

        def watch(progress, stop=stop):
            if progress.new == stop:
                raise CrashError

        (go.folder / f"out.{ending}.failures.jsonl").unlink(missing_ok=True)
        (go.folder / f"out.{ending}").unlink(missing_ok=True)
        for _ in range(40):
            try:
                progress = go(output=f"out.{ending}", resume=True, watch=watch, checkpoint_seconds=0.0)
            except CrashError:
                assert (go.folder / f"out.{ending}.resume.json").exists()
            else:
                break
            if stop == 1:  # a run that is only as long as one row gets nowhere: what is done is told after it
                watch = None
        assert (progress.rows, progress.failed) == (30, 4)
        assert table_of(go.folder / f"out.{ending}") == whole
        assert [row for row, _ in failures(go.folder / f"out.{ending}")] == [5, 12, 19, 26]
        assert not [path for path in go.folder.iterdir() if "parts" in path.name or "lock" in path.name]


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "parquet"])
def test_a_crash_at_any_touch_of_the_disk_loses_and_doubles_nothing(go, ending, monkeypatch):
    """Every call that brings something to the disk fails once, before it has done anything and after."""
    go(content_of(6), f"whole.{ending}", checkpoint_seconds=0.0)
    whole = table_of(go.folder / f"whole.{ending}")
    left = [0]

    def crashing(real, *, after):
        def call(*given, **named):
            left[0] -= 1
            if left[0] == 0 and not after:
                raise CrashError
            answer = real(*given, **named)
            if left[0] == 0:
                raise CrashError
            return answer

        return call

    for after in (False, True):
        for point in range(1, 400):
            for name in (f"out.{ending}", f"out.{ending}.failures.jsonl"):
                (go.folder / name).unlink(missing_ok=True)
            left[0] = point
            with monkeypatch.context() as patch:
                for module, name in (
                    (os, "fsync"),
                    (os, "replace"),
                    (Path, "rename"),
                    (Path, "unlink"),
                    (shutil, "rmtree"),
                ):
                    patch.setattr(module, name, crashing(getattr(module, name), after=after))
                try:
                    go(output=f"out.{ending}", resume=True, checkpoint_seconds=0.0)
                except CrashError:
                    left[0] = -1
            crashed = left[0] < 0
            if not crashed:
                break
            go(output=f"out.{ending}", resume=True, checkpoint_seconds=0.0)
            assert table_of(go.folder / f"out.{ending}") == whole
            assert [row for row, _ in failures(go.folder / f"out.{ending}")] == [5]
        assert point > 10


def test_what_stands_after_the_last_safe_place_is_cut_off(go):
    def watch(progress):
        if progress.new == 20:
            raise CrashError

    go(content_of(30), "whole.jsonl")
    with pytest.raises(CrashError):
        go(watch=watch, checkpoint_seconds=0.0)
    out = go.folder / "out.jsonl"
    for torn in (b'{"row": 19, "id": nu', b"\x00" * 4096):
        with out.open("ab") as file:
            file.write(torn)
    with out.with_name("out.jsonl.failures.jsonl").open("ab") as file:
        file.write(b'{"row"')
    assert go(resume=True).new == 30 - 19
    assert table_of(out) == table_of(go.folder / "whole.jsonl")
    assert len(failures(out)) == 4


def interrupted(go, output="out.jsonl", **options):
    def watch(progress):
        if progress.new == 10:
            raise CrashError

    with pytest.raises(CrashError):
        go(content_of(30), output, watch=watch, checkpoint_seconds=0.0, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"id_column": "n"}, "id column"),
        ({"keep_columns": True}, "keep columns"),
        ({"question": Question.of(explain=True)}, "explain"),
        ({"question": Question.of(language="de")}, 'language .null then, "de" now'),
        ({"failures": Path("/tmp/elsewhere.jsonl")}, "failures"),
    ],
)
def test_another_run_cannot_go_on(go, options, message):
    interrupted(go)
    with pytest.raises(InputError, match=message):
        go(resume=True, **options)
    assert go(resume=True, question=Question.of(), on_error=OnError.SKIP).rows == 30


def test_a_changed_input_or_model_or_version_cannot_be_gone_on_with(go, fake, tiny_folder, monkeypatch):
    interrupted(go)
    file = go.folder / "in.jsonl"
    content, status = file.read_bytes(), file.stat()
    file.write_bytes(content.replace(b'"n": 29', b'"n": 28'))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(InputError, match="content of the input"):
        go(resume=True)
    file.write_bytes(content + b"\n")
    with pytest.raises(InputError, match="size of the input"):
        go(resume=True)
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    with monkeypatch.context() as patch:
        patch.setattr("stance.files.running.__version__", "0.0.0")
        with pytest.raises(InputError, match="version"):
            go(resume=True)
    with monkeypatch.context() as patch:
        patch.setattr(fake, "precision", "int8")
        with pytest.raises(InputError, match="model"):
            go(resume=True)
    record = go.folder / "out.jsonl.resume.json"
    kept = record.read_text()
    for broken in ("", "{}", "[]", kept[:-9], kept.replace('"format": 1', '"format": 2')):
        record.write_text(broken)
        with pytest.raises(InputError, match="is not what"):
            go(resume=True)
    record.write_text(kept)
    assert go(resume=True).rows == 30


def test_an_output_that_was_tampered_with_is_not_gone_on_with(go):
    interrupted(go)
    (go.folder / "out.jsonl").write_text("x")
    with pytest.raises(InputError, match="shorter"):
        go(resume=True)
    interrupted(go, "out.parquet")
    next(iter(sorted((go.folder / "out.parquet.parts").glob("part*")))).unlink()
    with pytest.raises(InputError, match="lacks part-00000"):
        go(output="out.parquet", resume=True)


def test_what_is_there_is_not_written_over(go):
    go(content_of(3))
    with pytest.raises(InputError, match="is there already"):
        go()
    before = (go.folder / "out.jsonl").read_bytes()
    done = go(resume=True)
    assert done.finished
    assert (go.folder / "out.jsonl").read_bytes() == before
    assert go(force=True).rows == 3
    interrupted(go, "two.jsonl")
    with pytest.raises(InputError, match="interrupted run was writing"):
        go(output="two.jsonl")
    assert go(output="two.jsonl", force=True).rows == 30
    (go.folder / "three.jsonl.failures.jsonl").write_text("precious")
    with pytest.raises(InputError, match=r"three.jsonl.failures.jsonl is there"):
        go(output="three.jsonl")


def test_stopping_at_the_first_failure_and_going_on(go):
    with pytest.raises(RowFailedError, match=r"row 5 \(line 6\): no JSON"):
        go(content_of(30), on_error=OnError.STOP)
    assert [line["row"] for line in json_lines(go.folder / "out.jsonl")] == [0, 1, 2, 3, 4]
    with pytest.raises(RowFailedError, match="row 5"):
        go(on_error=OnError.STOP, resume=True)
    done = go(resume=True)
    assert (done.rows, done.failed, done.new) == (30, 4, 25)
    go(output="whole.jsonl")
    assert table_of(go.folder / "out.jsonl") == table_of(go.folder / "whole.jsonl")


def test_what_stands_before_a_break_of_the_file_is_done(go):
    packed = gzip.compress(as_jsonl([{"text": os.urandom(500).hex()} for _ in range(500)]).encode())
    with pytest.raises(UnreadableTableError, match="cut off"):
        go(packed[: len(packed) // 2], name="in.jsonl.gz")
    assert 150 < len(json_lines(go.folder / "out.jsonl")) < 350


def test_two_processes_do_not_write_one_output(go):
    with only_one(go.folder / "out.jsonl.lock", "it"), pytest.raises(InputError, match="another process"):
        go(content_of(3))
    assert go(content_of(3)).rows == 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_finished_run_is_told_from_other_files(go, ending):
    out = go.folder / f"out.{ending}"
    go(content_of(30), out.name)
    done = go(output=out.name, resume=True)
    assert (done.finished, done.rows, done.failed, done.new) == (True, 30, 4, 0)
    with pytest.raises(InputError, match=r"the finished run differs from this one in explain"):
        go(output=out.name, resume=True, question=Question.of(explain=True))
    before = out.read_bytes()
    out.write_bytes(b"")
    with pytest.raises(InputError, match="has been changed since"):
        go(output=out.name, resume=True)
    out.write_bytes(before)
    out.with_name(f"{out.name}.resume.json").unlink()
    with pytest.raises(InputError, match=r"is there, but without .* --force"):
        go(output=out.name, resume=True)
    assert out.read_bytes() == before
    (go.folder / f"made.{ending}").touch()
    with pytest.raises(InputError, match="is there, but without"):
        go(output=f"made.{ending}", resume=True)
    assert go(output=f"made.{ending}", force=True).rows == 30
    # An output that was taken away is made anew, with --resume or not.
    for options in ({}, {"resume": True}):
        for name in (out.name, f"{out.name}.failures.jsonl"):
            (go.folder / name).unlink(missing_ok=True)
        assert go(output=out.name, **options).new == 30


def test_force_takes_nothing_away_before_all_is_checked(go, fake, monkeypatch):
    go(content_of(30), failures=go.folder / "bad.jsonl")
    kept = {path.name: path.read_bytes() for path in go.folder.iterdir()}

    def refusing(texts, question):
        raise ModelError("cannot do that")

    def same():
        return {path.name: path.read_bytes() for path in go.folder.iterdir()} == kept

    options = {"force": True, "failures": go.folder / "bad.jsonl"}
    with pytest.raises(InputError, match="no column"):
        go(text_column="body", **options)
    assert same()
    with pytest.raises(UnreadableTableError):
        go(name="missing.jsonl", **options)
    assert same()
    with monkeypatch.context() as patch:
        patch.setattr(fake, "answers", refusing)
        with pytest.raises(ModelError):
            go(**options)
        assert same()
        patch.setattr("stance.files.running._facts", refusing)
        with pytest.raises((ModelError, TypeError)):
            go(**options)
        assert same()
    assert go(**options).rows == 30


def test_a_death_while_force_takes_away_leaves_no_output_alone(go, monkeypatch):
    go(content_of(30))
    real = Path.unlink
    left = [0]

    def crashing(path, missing_ok=False):
        left[0] -= 1
        if left[0] == 0:
            raise CrashError
        real(path, missing_ok=missing_ok)

    for point in range(1, 4):
        left[0] = point
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", crashing)
            with pytest.raises(CrashError):
                go(force=True)
        if (go.folder / "out.jsonl").exists():
            assert (go.folder / "out.jsonl.resume.json").exists()
        go(force=True)


def test_a_question_that_the_model_cannot_answer_leaves_nothing(go, fake, monkeypatch):
    def refusing(texts, question):
        raise ModelError("no tagger")

    monkeypatch.setattr(fake, "answers", refusing)
    for output in ("out.jsonl", "out.parquet"):
        with pytest.raises(ModelError):
            go(content_of(3), output)
    assert [path.name for path in go.folder.iterdir()] == ["in.jsonl"]


def test_two_runs_do_not_share_a_file_of_failures(go):
    shared = go.folder / "bad.jsonl"
    with only_one(go.folder / "bad.jsonl.lock", "it"), pytest.raises(InputError, match="another process"):
        go(content_of(30), failures=shared)

    # One that was interrupted before any row failed has it as well.
    def watch(progress):
        raise CrashError

    with pytest.raises(CrashError):
        go(content_of(30), failures=shared, watch=watch)
    with pytest.raises(InputError, match=r"bad.jsonl is there already"):
        go(output="two.jsonl", failures=shared)
    assert go(failures=shared, resume=True).failed == 4
    assert len(json_lines(shared)) == 4
    with pytest.raises(InputError, match="no folder"):
        go(output="three.jsonl", failures=go.folder / "none" / "bad.jsonl")


def test_a_run_to_standard_output_that_breaks_leaves_no_empty_file_of_failures(fake, tmp_path, capsysbinary):
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(b"text\n" + b"a\n" * 9999)[:-20])
    job = TableJob(str(tmp_path / "in.csv.gz"), "text", failures=tmp_path / "bad.jsonl")
    for _ in range(2):
        with pytest.raises(UnreadableTableError):
            predict_table(job, lambda: fake)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv.gz"]


def test_the_folder_of_a_new_file_is_brought_to_the_disk(go, monkeypatch):
    (go.folder / "apart").mkdir()
    synced = []
    monkeypatch.setattr("stance.files.writing.sync_folder", synced.append)
    go(content_of(30), failures=go.folder / "apart" / "bad.jsonl")
    assert set(synced) == {go.folder, go.folder / "apart"}


# --- memory, and values that have no form


@pytest.mark.parametrize("output", ["out.jsonl", "out.parquet"])
def test_a_large_parquet_file_takes_little_memory(go, fake, output, monkeypatch):
    chance = random.Random(1)
    texts = [chance.randbytes(2000).hex() for _ in range(12_000)]
    table = pyarrow.table({"text": texts, "n": list(range(len(texts)))})
    parquet.write_table(table, go.folder / "in.parquet", row_group_size=len(texts), use_dictionary=False)
    del table, texts
    monkeypatch.setattr("stance.files.parquetwriting._GROUP_BYTES", 4 * 1024 * 1024)
    before, most = pyarrow.total_allocated_bytes(), [0]

    def watch(progress):
        most[0] = max(most[0], pyarrow.total_allocated_bytes() - before)

    go(output=output, name="in.parquet", watch=watch, checkpoint_seconds=0.2)
    assert most[0] < 24e6  # of 48 MB in the one row group


def test_a_part_is_read_a_little_at_a_time(tmp_path):
    chance = random.Random(1)
    texts = pyarrow.table({"text": [chance.randbytes(2000).hex() for _ in range(12_000)]})
    parquet.write_table(texts, tmp_path / "part.parquet", row_group_size=12_000, use_dictionary=False)
    del texts
    before = pyarrow.total_allocated_bytes()
    with opened(tmp_path / "part.parquet") as part:
        batches = part.iter_batches(64, use_threads=False)
        next(batches)
        assert pyarrow.total_allocated_bytes() - before < 12e6


def test_lines_are_cut_alike_wherever_a_piece_ends(tmp_path, monkeypatch):
    file = tmp_path / "a"
    for content in (b"ab\r\ncd\re\n\r\r\nf", b"\r", b"\r\n", b"", b"\n\n\r", b"abcdefgh\r\n\rx\r"):
        file.write_bytes(content)
        for size in range(1, 12):
            monkeypatch.setattr("stance.files.lines._PIECE", size)
            assert list(byte_lines(str(file), returns=True)) == content.splitlines(keepends=True)
            assert list(byte_lines(str(file))) == list(io.BytesIO(content))


def test_a_line_beyond_the_limit_fails_alone(go, monkeypatch):
    monkeypatch.setattr("stance.files.lines.LARGEST_LINE", 5000)
    monkeypatch.setattr("stance.files.lines._PIECE", 1024)
    rows = [TEXTS[0], "x" * 4000, "x" * 20_000, TEXTS[2]]
    assert go(as_jsonl([{"text": text} for text in rows])).failed == 1
    assert [line["row"] for line in json_lines(go.folder / "out.jsonl")] == [0, 1, 3]
    kept = json_lines(go.folder / "out.jsonl.failures.jsonl")[0]
    assert (kept["row"], kept["line"]) == (2, 3)
    assert "longer than 5,000 bytes" in kept["error"]
    assert kept["raw"].startswith('{"text": "xxx')
    assert len(kept["raw"]) == 1000
    assert go(as_csv([["text"], *([text] for text in rows)]), "two.jsonl", name="in.csv").failed == 1
    assert [line["row"] for line in json_lines(go.folder / "two.jsonl")] == [0, 1, 3]
    assert "longer than 5,000 bytes" in failures(go.folder / "two.jsonl")[0][1]
    # So do many short lines of one row.
    content = 'text\n"' + "short\n" * 2000 + '"\nlast\n'
    go(content, "three.jsonl", name="in.csv")
    assert "longer than 5,000 bytes" in failures(go.folder / "three.jsonl")[0][1]


@pytest.mark.parametrize("mark", ["\r", "\n"])
def test_long_tables_of_csv_take_little_memory_whatever_ends_their_lines(go, mark):
    (go.folder / "in.csv").write_bytes(("text" + mark + ("x" * 1000 + mark) * 20_000).encode())
    tracemalloc.start()
    try:
        assert go(name="in.csv").rows == 20_000
        assert tracemalloc.get_traced_memory()[1] < 8e6  # of 20 MB in the file
    finally:
        tracemalloc.stop()


def test_no_value_becomes_null_in_silence(go):
    bad = pyarrow.Array.from_buffers(
        pyarrow.string(),
        1,
        [None, pyarrow.py_buffer(bytes([0, 0, 0, 0, 4, 0, 0, 0])), pyarrow.py_buffer(b"caf\xe9")],
    )
    late = pyarrow.array([2**53], pyarrow.int64())
    table = pyarrow.table(
        {
            "text": [TEXTS[0]],
            "late": pyarrow.array([3_663_500 * 86_400_000], pyarrow.timestamp("ms")),
            "beyond": late.cast(pyarrow.timestamp("ms")),
            "day": pyarrow.array([3_663_500], pyarrow.int32()).cast(pyarrow.date32()),
            "long": late.cast(pyarrow.duration("s")),
            "bad": bad,
            "nested": pyarrow.ListArray.from_arrays(pyarrow.array([0, 1], pyarrow.int32()), bad),
            "inside": pyarrow.StructArray.from_arrays([bad], ["a"]),
            "share": [float("inf")],
        }
    )
    parquet.write_table(table, go.folder / "in.parquet", store_schema=True)
    go(name="in.parquet", id_column="bad", keep_columns=True)
    line = json_lines(go.folder / "out.jsonl")[0]
    assert line["id"] == "caf\\xe9"
    assert line["columns"].pop("late") == "12000-04-28 00:00:00.000"
    assert line["columns"].pop("day") == "12000-04-28"
    assert str(2**53) in line["columns"].pop("beyond")
    assert line["columns"] == {
        "long": str(2**53),
        "nested": ["caf\\xe9"],
        "inside": {"a": "caf\\xe9"},
        "share": "inf",
    }
    coded = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0]), bad)  # Arrow refuses to read a file of these
    assert value_of(coded[0]) == "caf\\xe9"
    go('{"text": "a", "n": 1e999, "m": [-2.5E+400], "o": 1e3}\n{"text": 1e999}\n', "two.jsonl", keep_columns=True)
    assert json_lines(go.folder / "two.jsonl")[0]["columns"] == {"n": "1E+999", "m": ["-2.5E+400"], "o": 1000.0}
    assert "must be a string" in failures(go.folder / "two.jsonl")[0][1]


# --- the command


@pytest.fixture
def run(monkeypatch, capfd, tiny_folder):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["stance", "predict", *map(str, arguments), "--model", str(tiny_folder)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as end:
            main()
        written = capfd.readouterr()
        return end.value.code or 0, written.out, written.err

    return run


def test_the_command_answers_as_the_predictor_does(run, tiny, tmp_path):
    file = tmp_path / "in.csv"
    texts = [NEWS, "Nothing.", NEWS]
    file.write_text(as_csv([["id", "body"], *([f"n{number}", text] for number, text in enumerate(texts))]))
    code, out, err = run(file, "--text-column", "body", "--id-column", "id", "--precision", "fp32", "--actors", "EU")
    assert (code, err) == (0, "")
    lines = [json.loads(line) for line in out.splitlines()]
    expected = [document.to_dict() for document in tiny.predict_many(texts, actors=["EU"])]
    assert [line["id"] for line in lines] == ["n0", "n1", "n2"]
    for line, document in zip(lines, expected, strict=True):
        assert line["statements"] == document["statements"]
        assert line["language"] == document["language"]


def test_the_command_writes_files_and_goes_on(run, tmp_path):
    file, output = tmp_path / "in.jsonl", tmp_path / "out.csv"
    file.write_text(as_jsonl([{"text": NEWS}, {"text": 3}, {"text": "x"}]))
    code, out, err = run(file, "--text-column", "text", "-o", output)
    assert (code, out) == (1, "")
    assert "row 1 (line 2): 'text' must be a string, not int" in err
    assert f"1 of 3 rows failed; they are in {output}.failures.jsonl" in err
    code, _, err = run(file, "--text-column", "text", "-o", output, "--resume")
    assert (code, "is finished" in err, "1 of 3 rows failed" in err) == (1, True, True)
    code, _, err = run(file, "--text-column", "text", "-o", output)
    assert (code, "--force" in err) == (2, True)
    code, _, err = run(file, "--text-column", "text", "-o", output, "--force", "--on-error", "stop")
    assert (code, "go on with --resume" in err) == (1, True)
    assert run(file, "--text-column", "text", "-o", output, "--resume")[0] == 1
    assert {row["row"] for row in csv.DictReader(output.open(newline=""))} == {"0"}


def test_the_command_tells_of_warnings_that_csv_has_no_column_for(run, tmp_path, tiny, monkeypatch):
    file = tmp_path / "in.jsonl"
    file.write_text(as_jsonl([{"text": NEWS}, {"text": "x"}, {"text": NEWS}]))
    monkeypatch.setattr("stance.cli.files.open_predictor", lambda *_: Fake(tiny.folder))
    told = "2 rows have warnings, which csv has no column for"
    assert told in run(file, "--text-column", "text", "-o", tmp_path / "out.csv")[2]
    assert told in run(file, "--text-column", "text", "-o", tmp_path / "out.csv", "--resume")[2]
    assert "warnings" not in run(file, "--text-column", "text", "-o", tmp_path / "out.jsonl")[2]


def test_the_command_explains(run, tmp_path):
    file = tmp_path / "in.jsonl"
    file.write_text(as_jsonl([{"text": NEWS}]))
    code, out, _ = run(file, "--text-column", "text", "--explain")
    assert code == 0
    stances = [stance for one in json.loads(out)["statements"] for stance in one["stances"].values()]
    assert all("words" in stance for stance in stances)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["in.jsonl"], 2, "in.jsonl is a table: say with --text-column"),
        (["in.txt", "-o", "out.jsonl"], 2, "--output is for tables"),
        (["in.txt", "--text-column", "text"], 2, "must end in"),
        (["in.jsonl", "in.jsonl", "--text-column", "text"], 2, "one table is read at a time"),
        (["in.jsonl", "--text-column", "body"], 2, "the columns are 'text'"),
        (["in.jsonl", "--text-column", "text", "--format", "json"], 2, "--format json"),
        (["in.jsonl", "--text-column", "text", "--resume"], 2, "--resume needs --output"),
        (["none.jsonl", "--text-column", "text"], 1, "no such file"),
        (["in.jsonl", "--text-column", "text", "--engine", "ray"], 2, "--output"),
        (["in.jsonl", "--text-column", "text", "--engine", "ray", "--resume", "-o", "x"], 2, "--resume is not for"),
        (["-", "--text-column", "text"], 2, "--input-format"),
        (["in.jsonl", "--text-column", "text", "--format", "jsonl", "-o", "out.csv"], 2, "--format jsonl"),
        (["in.jsonl", "--text-column", "text", "--checkpoint-seconds", "3"], 2, "needs --output"),
    ],
)
def test_wrong_usage_of_the_command(run, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "in.txt").write_text("a")
    done = run(*arguments)
    assert (done[0], done[1]) == (code, "")
    assert message in " ".join(done[2].replace("│", " ").split())


def test_a_disk_that_fails_is_told(run, tmp_path, monkeypatch):
    file = tmp_path / "in.jsonl"
    file.write_text(as_jsonl([{"text": "a"}]))

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        code, _, err = run(file, "--text-column", "text", "-o", tmp_path / "out.jsonl")
    # No run had begun that could be gone on with.
    assert (code, err) == (1, f"stance: {tmp_path}/out.jsonl: No space left on device\n")
    real, left = os.fsync, [5]

    def later(place):
        left[0] -= 1
        full(place) if left[0] < 0 else real(place)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", later)
        code, _, err = run(file, "--text-column", "text", "-o", tmp_path / "out.jsonl")
    assert (code, err) == (1, f"stance: {tmp_path}/out.jsonl: No space left on device; go on with --resume\n")
    assert run(file, "--text-column", "text", "-o", tmp_path / "out.jsonl", "--resume")[0] == 0


@pytest.mark.parametrize(
    ("form", "content"), [("jsonl", '{"text": "a"}\n'), ("csv", "text\na\n"), ("tsv", "text\na\n")]
)
def test_standard_input(tiny_folder, form, content):
    command = [sys.executable, "-c", "from stance.cli import main; main()", "predict", "-", "--text-column", "text"]
    done = subprocess.run(
        [*command, "--input-format", form, "--model", tiny_folder],
        input=content.encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert [json.loads(line)["row"] for line in done.stdout.splitlines()] == [0]


# Each row takes a while, so that a death comes in the middle of the work and not only at its ends.
SLOW = """
import sys, time
from stance.files import running
real = running._Run._take
def slow(self, answer):
    time.sleep(0.004)
    real(self, answer)
running._Run._take = slow
from stance.cli import main
main()
"""


def rows_done(record):
    return json.loads(record.read_text())["done"]["rows"] if record.exists() else -1


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_killed_at_ten_random_moments_every_row_is_there_once(tmp_path, tiny_folder, ending):
    file = tmp_path / "in.jsonl"
    rows = [{"text": TEXTS[number % 3] if number % 50 else 0, "n": number} for number in range(300)]
    file.write_text(as_jsonl(rows), encoding="utf-8")
    command = [sys.executable, "-c", SLOW, "predict", str(file), "--text-column", "text", "--id-column", "n"]
    command += ["--model", str(tiny_folder), "--resume", "--checkpoint-seconds", "0.05", "-o"]
    output, whole = tmp_path / f"out.{ending}", tmp_path / f"whole.{ending}"
    chance = random.Random(ending)
    record = tmp_path / f"out.{ending}.resume.json"
    killed, done = 0, [0]
    while killed < 10:
        process = subprocess.Popen([*command, str(output)], cwd=ROOT, stderr=subprocess.PIPE)
        end = time.monotonic() + 20
        # Every other time it is let come some way first, so that the work ends at all.
        wanted = done[-1] + 1 if killed % 2 else 0
        while process.poll() is None and time.monotonic() < end and rows_done(record) < wanted:
            time.sleep(0.002)
        time.sleep(chance.uniform(0.0, 0.2 if killed % 2 else 1.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 1  # done before it could be killed: some rows are to fail
            break
        killed += 1
        done.append(max(0, rows_done(record)))
    assert killed > 3
    assert done == sorted(done)
    assert done[-1] > 0
    subprocess.run([*command, str(output)], cwd=ROOT, check=False, capture_output=True)
    subprocess.run([*command, str(whole)], cwd=ROOT, check=False, capture_output=True)
    assert table_of(output) == table_of(whole)
    assert [row for row, _ in failures(output)] == list(range(0, 300, 50))
    if ending == "jsonl":
        assert [line["row"] for line in json_lines(output)] == [row for row in range(300) if row % 50]
    assert not [path.name for path in tmp_path.iterdir() if path.name.endswith(("parts", "lock"))]
