"""Ray Data: the same answers as one process gives, whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from stance import frames
from stance.errors import InputError, ModelError
from stance.integrations import ray as stance_ray
from tests.conftest import NEWS

ray = pytest.importorskip("ray", reason="Ray is not installed")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket]
TEXTS = [f"{NEWS} “We will ask {name} again,” the speaker of parliament said." for name in ("NATO", "Russia", "China")]


def processes() -> dict[int, tuple[int, str]]:
    """Return the parent and the name of every process, by its number."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            found[int(folder.name)] = (parent, (folder / "cmdline").read_bytes().decode(errors="replace"))
        except (OSError, ValueError):
            continue
    return found


def descendants() -> dict[int, str]:
    """Return the processes that this one has started, directly or not."""
    every, mine = processes(), {os.getpid()}
    for _ in range(5):
        mine |= {number for number, (parent, _) in every.items() if parent in mine}
    return {number: every[number][1] for number in mine if number in every and number != os.getpid()}


def readers() -> list[int]:
    """Return the worker processes that read texts."""
    return sorted(number for number, name in descendants().items() if "MapWorker" in name and "_Reader" in name)


@pytest.fixture(scope="module")
def cluster():
    before = set(descendants())
    old = os.environ.get("RAY_USAGE_STATS_ENABLED")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=100 * 2**20, log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield
    ray.shutdown()
    if old is None:
        del os.environ["RAY_USAGE_STATS_ENABLED"]
    for _ in range(100):
        left = {number: name for number, name in descendants().items() if number not in before and name}
        if not left:
            break
        time.sleep(0.1)
    assert not left


def options(tiny_folder, **others):
    return {"text_column": "text", "mode": "rules", "model": tiny_folder, "precision": "fp32", "workers": 2, **others}


def expected(tiny, text):
    document = tiny.predict(text, mode="rules")
    return {
        "language": document.language,
        "warnings": list(document.warnings),
        "statements": frames.statement_rows(document),
        "error": None,
    }


def table(count, *, bad=()):
    texts = [None if n in bad else f"{TEXTS[n % 3]}\n{n}" for n in range(count)]
    return pa.table({"id": list(range(count)), "text": texts, "note": ["<b>&\"'"] * count})


def test_rows_are_those_of_one_process_and_bad_ones_fail_alone(cluster, tiny, tiny_folder):
    given = table(60, bad=(0, 31))
    dataset = ray.data.from_arrow(given)
    answered = stance_ray.predict(dataset, batch_size=8, **options(tiny_folder))
    rows = sorted(answered.take_all(), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == list(range(60))
    for row, text in zip(rows, given["text"].to_pylist(), strict=True):
        assert list(row) == ["id", "text", "note", "language", "warnings", "statements", "error"]
        if text is None:
            assert row["error"] == "'text' is null"
            assert list(row["statements"]) == []
        else:
            assert {key: row[key] for key in expected(tiny, text)} == expected(tiny, text)


def test_a_killed_worker_loses_nothing_and_doubles_nothing(cluster, tiny, tiny_folder):
    given = table(400)
    answered = stance_ray.predict(ray.data.from_arrow(given), batch_size=10, **options(tiny_folder))
    rows, killed = [], []
    for batch in answered.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
        rows += batch.to_pylist()
        if not killed:
            workers = readers()
            assert workers
            # Workers share the libraries of torch only if they import it.
            assert not any("libtorch" in Path(f"/proc/{number}/maps").read_text() for number in workers)
            os.kill(workers[0], signal.SIGKILL)
            killed.append((workers[0], len(rows)))
    assert killed[0][1] < 200
    assert killed[0][0] not in descendants()
    rows.sort(key=lambda row: row["id"])
    assert [row["id"] for row in rows] == list(range(400))
    for row, text in list(zip(rows, given["text"].to_pylist(), strict=True))[::20]:
        assert {key: row[key] for key in expected(tiny, text)} == expected(tiny, text)
    assert all(row["error"] is None for row in rows)


def test_a_text_that_kills_every_worker_ends_the_job(cluster, tiny_folder, monkeypatch):
    class Killed(stance_ray._Reader):
        def __call__(self, batch):
            if 7 in batch["id"].to_pylist():
                os._exit(9)
            return super().__call__(batch)

    monkeypatch.setattr(stance_ray, "_Reader", Killed)
    monkeypatch.setattr(stance_ray, "RETRIES", 1)
    answered = stance_ray.predict(ray.data.from_arrow(table(12)), batch_size=4, **options(tiny_folder))
    with pytest.raises((ray.exceptions.ActorDiedError, ray.exceptions.ActorUnavailableError)):
        answered.take_all()


def test_files_are_read_and_written(cluster, tiny, tiny_folder, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for part in range(3):
        pq.write_table(table(60, bad=(5,)).slice(part * 20, 20), source / f"{part}.parquet")
    written = stance_ray.predict_files(source, target, batch_size=8, **options(tiny_folder))
    assert written == stance_ray.Written(rows=60, failed=1)
    rows = sorted(pq.read_table(target).to_pylist(), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == list(range(60))
    assert pq.read_schema(next(target.iterdir())).field("statements").type == frames.statements_type()
    assert {key: rows[3][key] for key in expected(tiny, "")} == expected(tiny, rows[3]["text"])
    with pytest.raises(InputError, match="not empty"):
        stance_ray.predict_files(source, target, **options(tiny_folder))
    with pytest.raises(InputError, match="there is no"):
        stance_ray.predict_files(tmp_path / "nowhere", tmp_path / "new", **options(tiny_folder))


def test_more_workers_than_processors_still_leave_room_to_read(cluster, tiny_folder, tmp_path):
    pq.write_table(table(20), tmp_path / "a.parquet")
    dataset = ray.data.read_parquet(str(tmp_path / "a.parquet"))
    answered = stance_ray.predict(dataset, batch_size=4, **options(tiny_folder, workers=3))
    assert sorted(row["id"] for row in answered.take_all()) == list(range(20))


def test_an_empty_dataset_has_the_columns(cluster, tiny_folder, tmp_path):
    pq.write_table(table(0), tmp_path / "a.parquet")
    written = stance_ray.predict_files(tmp_path / "a.parquet", tmp_path / "out", **options(tiny_folder))
    assert written == stance_ray.Written(rows=0, failed=0)
    names = ["id", "text", "note", "language", "warnings", "statements", "error"]
    assert pq.read_table(tmp_path / "out").column_names == names


def test_columns_called_as_answers_are_kept_under_another_name(cluster, tiny, tiny_folder):
    given = table(3).rename_columns(["id", "statements", "language"])
    asked = options(tiny_folder, text_column="statements", workers=1)
    rows = stance_ray.predict(ray.data.from_arrow(given), **asked).take_all()
    assert set(rows[0]) == {"id", "input_statements", "input_language", "language", "warnings", "statements", "error"}
    assert {row["input_language"] for row in rows} == {"<b>&\"'"}
    for row in rows:
        assert {key: row[key] for key in expected(tiny, "")} == expected(tiny, row["input_statements"])


def test_what_cannot_be_used_is_told_at_once(cluster, tiny_folder):
    dataset = ray.data.from_arrow(table(2))
    with pytest.raises(InputError, match="no column 'body'"):
        stance_ray.predict(dataset, **options(tiny_folder, text_column="body"))
    twice = dataset.rename_columns({"note": "language", "id": "input_language"})
    with pytest.raises(InputError, match="rename"):
        stance_ray.predict(twice, **options(tiny_folder))
    with pytest.raises(InputError, match="of the type int64"):
        stance_ray.predict(dataset, **options(tiny_folder, text_column="id"))
    for name, value in (("workers", 0), ("workers", (3, 2)), ("batch_size", 0), ("threads", 0), ("mode", "quick")):
        with pytest.raises(InputError, match=name):
            stance_ray.predict(dataset, **options(tiny_folder, **{name: value}))
    with pytest.raises(ModelError):
        stance_ray.predict(dataset, **options("/nowhere"))
