"""The runtime on a tiny model: order, threads, pickling, forks, and clear words for what is missing."""

from __future__ import annotations

import json
import multiprocessing
import pickle
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import pytest

from stance import runtime as runtime_module
from stance.encoding import StatementEncoder
from stance.errors import InputError, ModelError
from stance.folder import ModelFolder
from stance.runtime import Repeats, Runtime, RuntimeOptions, _quota, available_processors, results

SPEECH = "the minister of peace said that troops in Europe stand guard and China will speak about trade"
WORDS = SPEECH.split()
TEXTS = [" ".join(WORDS[number % 13 : number % 13 + 3 + number // 13]) for number in range(24)]


@pytest.fixture(scope="module")
def path(tiny_folder):
    return ModelFolder.open(tiny_folder).model("int8")


@pytest.fixture(scope="module")
def windows(tiny_folder):
    encoder = StatementEncoder.from_file(ModelFolder.open(tiny_folder).tokenizer)
    return [
        encoder.encode(text, ["NATO", "Russia"][: number % 3]).windows[0].input_ids for number, text in enumerate(TEXTS)
    ]


def same(one, two):
    assert len(one) == len(two)
    for left, right in zip(one, two, strict=True):
        np.testing.assert_array_equal(left.stance, right.stance)
        np.testing.assert_array_equal(left.sentiment, right.sentiment)


@pytest.fixture(scope="module")
def expected(path, windows):
    return Runtime(path, options=RuntimeOptions(threads=1)).run(windows)


def test_outputs_have_a_row_an_actor(expected, windows):
    assert [output.stance.shape for output in expected] == [(number % 3, 4) for number in range(len(windows))]
    assert all(output.sentiment.shape == (3,) and output.sentiment.dtype == np.float32 for output in expected)
    assert len({output.sentiment.tobytes() for output in expected}) == len(windows)  # so that order shows


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("memory_arena", [True, False, None])
def test_order_does_not_depend_on_threads(path, windows, expected, threads, memory_arena):
    runtime = Runtime(path, options=RuntimeOptions(threads=threads, memory_arena=memory_arena))
    same(runtime.run(windows), expected)
    assert runtime.run([]) == []


@pytest.mark.parametrize("spinning", [True, False])
def test_a_window_read_by_several_threads_gives_the_same(path, windows, expected, spinning):
    options = RuntimeOptions(threads=1, threads_per_statement=2, spinning=spinning)
    same(Runtime(path, options=options).run(windows), expected)


@pytest.fixture
def calls(monkeypatch):
    """The windows that the session was really given."""
    seen = []
    real = runtime_module._call
    monkeypatch.setattr(
        runtime_module, "_call", lambda session, window: (seen.append(window), real(session, window))[1]
    )
    return seen


@pytest.mark.parametrize("threads", [1, 2])
def test_equal_windows_of_a_call_are_read_once(path, windows, expected, calls, threads):
    order = [0, 5, 0, 0, 7, 5]
    runtime = Runtime(path, options=RuntimeOptions(threads=threads))
    same(runtime.run([windows[number].copy() for number in order]), [expected[number] for number in order])
    assert len(calls) == 3
    runtime.run(windows[:2])
    assert len(calls) == 5  # nothing is remembered from one call to the next


@pytest.mark.parametrize("threads", [1, 2])
def test_a_call_in_parts_remembers_only_the_latest(path, windows, expected, calls, threads):
    runtime = Runtime(path, options=RuntimeOptions(threads=threads))
    repeats = Repeats(room=2)
    given = [[0, 1], [1, 0], [2], [0], [1]]
    for part in given:
        found = results(runtime.submit([windows[number] for number in part], repeats=repeats))
        same(found, [expected[number] for number in part])
    # 0 was asked for again after 1 and so stays when 2 comes; 1 is forgotten.
    assert len(calls) == 4


def test_many_threads_share_one_session(path, windows, expected):
    runtime = Runtime(path, options=RuntimeOptions(threads=2))
    barrier = threading.Barrier(4)

    def work(_):
        barrier.wait()
        return runtime.run(windows), runtime._here().session

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    for outputs, _ in results:
        same(outputs, expected)
    assert len({id(session) for _, session in results}) == 1


def test_pickle_keeps_path_and_options(path, windows, expected):
    runtime = Runtime(path, options=RuntimeOptions(threads=2, look_ahead=7))
    runtime.run(windows[:2])
    copy = pickle.loads(pickle.dumps(runtime))
    assert (copy.path, copy.options) == (runtime.path, runtime.options)
    same(copy.run(windows), expected)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_opens_its_own_session(path, windows, expected):
    runtime = Runtime(path, options=RuntimeOptions(threads=2))
    runtime.run(windows)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def child():
        before = runtime._process.pid
        outputs = runtime.run(windows)
        sender.send((before != runtime._process.pid, outputs))

    # The lock of the parent is held while it forks, as it can be when another thread opens the session.
    with runtime._locks[next(iter(runtime._locks))]:
        process = context.Process(target=child)
        process.start()
    assert receiver.poll(30), "the child hangs"
    new_process, outputs = receiver.recv()
    process.join(10)
    assert process.exitcode == 0
    assert new_process
    same(outputs, expected)


def test_what_is_missing_is_named(tiny_folder, tmp_path):
    with pytest.raises(ModelError, match="no model file"):
        Runtime(tmp_path / "model.onnx")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="cannot open"):
        Runtime(tmp_path / "model.onnx").run([np.array([0, 2])])
    with pytest.raises(ModelError, match="no model folder"):
        ModelFolder.open(tmp_path / "nowhere")
    with pytest.raises(ModelError, match=r"stance\.json"):
        ModelFolder.open(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(tiny_folder, copy)
    shutil.rmtree(copy / "onnx")
    with pytest.raises(ModelError, match=r"onnx/model_quantized\.onnx or onnx/model\.onnx"):
        ModelFolder.open(copy)
    (copy / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        ModelFolder.open(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, "format_version 2, this library reads 1"),
        ({"input_layout": "pairs"}, "input layout"),
        ({"heads": {"stance": ["favor", "against", "neutral", "unrelated"]}}, "heads"),
        ({"temperatures": {"stance": 0.0, "sentiment": 1.0}}, "temperature of the head 'stance'"),
        ({"temperatures": {"stance": 1.0}}, "temperature of the head 'sentiment'"),
        ({"temperatures": {"stance": [1.0, 1.0], "sentiment": 1.0}}, "temperature of the head 'stance'"),
        ({"temperatures": {"stance": [1.0, 1.0, -1.0, 1.0], "sentiment": 1.0}}, "temperature of the head 'stance'"),
        ({"temperatures": {"stance": [1.0, 1.0, "1", 1.0], "sentiment": 1.0}}, "temperature of the head 'stance'"),
        ({"temperatures": {"stance": 10**400, "sentiment": 1.0}}, "temperature of the head 'stance'"),
        ({"temperatures": {"stance": 1e-320, "sentiment": 1.0}}, "temperature of the head 'stance'"),
        ({"offsets": {"sentiment": [0.1]}}, "offsets of the head 'sentiment'"),
        ({"offsets": {"stance": [1e308, -1e308, 0.0, 0.0]}}, "offsets of the head 'stance'"),
        ({"offsets": {"stanc": [0.0] * 4}}, "no head 'stanc'"),
        ({"lengths": {"text": 10}}, "leave no room"),
        ({"lengths": {"words": 10}}, "not complete"),
        ({"actors": None}, "not complete"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(tiny_folder, tmp_path, change, message):
    shutil.copytree(tiny_folder, tmp_path, dirs_exist_ok=True)
    data = json.loads((tmp_path / "stance.json").read_text(encoding="utf-8"))
    (tmp_path / "stance.json").write_text(json.dumps(data | change), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        ModelFolder.open(tmp_path)


def test_a_description_that_is_no_json_is_refused(tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "stance.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="is not JSON"):
        ModelFolder.open(tmp_path)


def test_precisions(tiny_folder, tmp_path):
    folder = ModelFolder.open(tiny_folder)
    assert folder.model() == folder.model("int8") == tiny_folder / "onnx" / "model_quantized.onnx"
    assert folder.model("fp32") == tiny_folder / "onnx" / "model.onnx"
    with pytest.raises(InputError, match="auto, int8, fp32"):
        folder.model("int4")
    shutil.copytree(tiny_folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "onnx" / "model_quantized.onnx").unlink()
    smaller = ModelFolder.open(tmp_path)
    assert smaller.model().name == "model.onnx"
    with pytest.raises(ModelError, match="no int8 model, only fp32"):
        smaller.model("int8")


def test_the_description_reads_back(tiny_folder):
    folder = ModelFolder.open(tiny_folder)
    assert ModelFolder._of_description(tiny_folder, folder.describe()) == folder


@pytest.mark.parametrize("value", [0, -1, 1.5, True, 1025, 10**12])
def test_options_are_checked(value):
    with pytest.raises(InputError, match="threads"):
        RuntimeOptions(threads=value)
    with pytest.raises(InputError, match="look_ahead"):
        RuntimeOptions(look_ahead=value)
    with pytest.raises(InputError, match="threads_per_statement"):
        RuntimeOptions(threads_per_statement=value)


def test_processors_are_shared_out_among_the_threads(path, monkeypatch):
    monkeypatch.setattr(runtime_module, "available_processors", lambda: 6)
    for options, expected in (({}, 6), ({"threads_per_statement": 2}, 3), ({"threads_per_statement": 8}, 1)):
        assert Runtime(path, options=RuntimeOptions(**options)).threads == expected
    assert Runtime(path, options=RuntimeOptions(threads=4, threads_per_statement=2)).threads == 4


@pytest.mark.parametrize("name", ["spinning", "memory_arena"])
def test_switches_are_checked(name):
    with pytest.raises(InputError, match=name):
        RuntimeOptions(**{name: 1})


@pytest.mark.parametrize(
    ("threads", "memory_arena", "expected"), [(1, None, True), (2, None, False), (1, False, False), (2, True, True)]
)
def test_threads_that_share_a_session_share_no_arena(path, monkeypatch, threads, memory_arena, expected):
    opened = []
    real = onnxruntime.InferenceSession

    def session(file, options, **keys):
        opened.append(options.enable_cpu_mem_arena)
        return real(file, options, **keys)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    Runtime(path, options=RuntimeOptions(threads=threads, memory_arena=memory_arena)).run([])
    assert Runtime(path, options=RuntimeOptions(threads=threads, memory_arena=memory_arena)).has_tagger is False
    assert opened[-1] is expected


def test_the_quota_of_a_control_group_counts(tmp_path):
    membership, root = tmp_path / "cgroup", tmp_path / "fs"
    inner = root / "pod" / "inner"
    inner.mkdir(parents=True)
    membership.write_text("0::/pod/inner\n")
    assert _quota(membership, root) is None
    (inner / "cpu.max").write_text("max 100000\n")
    assert _quota(membership, root) is None
    (root / "pod" / "cpu.max").write_text("150000 100000\n")  # the limit of the group above
    assert _quota(membership, root) == 1.5
    old = tmp_path / "old"
    (old / "cpu" / "pod").mkdir(parents=True)
    (old / "cpu" / "pod" / "cpu.cfs_quota_us").write_text("200000\n")
    (old / "cpu" / "pod" / "cpu.cfs_period_us").write_text("100000\n")
    membership.write_text("3:cpu,cpuacct:/pod\n")
    assert _quota(membership, old) == 2.0
    assert _quota(tmp_path / "none", tmp_path / "nowhere") is None
    assert available_processors() >= 1


def test_a_folder_may_give_one_temperature_or_one_a_label(tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path, dirs_exist_ok=True)
    data = json.loads((tmp_path / "stance.json").read_text(encoding="utf-8"))
    data |= {"temperatures": {"stance": 2, "sentiment": [1.0, 2.0, 3.0]}, "offsets": {"stance": [0.0, 1.0, 0.0, -1.0]}}
    (tmp_path / "stance.json").write_text(json.dumps(data), encoding="utf-8")
    folder = ModelFolder.open(tmp_path)
    assert [part.tolist() for part in folder.scaling("stance")] == [[2.0] * 4, [0.0, 1.0, 0.0, -1.0]]
    assert [part.tolist() for part in folder.scaling("sentiment")] == [[1.0, 2.0, 3.0], [0.0] * 3]
    (tmp_path / "stance.json").write_text(json.dumps(folder.describe()), encoding="utf-8")
    assert ModelFolder.open(tmp_path).scaling("stance")[0].tolist() == [2.0] * 4
