"""The Triton repository: its configuration against Triton's own schema and against the graph that it serves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

pytest.importorskip("onnx", reason="the extra 'export' is not installed")

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from export.triton import FILE, MODEL, VERSION, export_triton
from stance.errors import InputError, ModelError
from stance.runtime import available_processors
from tests.conftest import ROOT

TYPES = {"tensor(int64)": model_config_pb2.TYPE_INT64, "tensor(float)": model_config_pb2.TYPE_FP32}
# Kernels of another processor round sums in another order.
TOLERANCE = 2e-2


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return export_triton(None, tmp_path_factory.mktemp("triton") / "repository")


@pytest.fixture(scope="module")
def configuration(repository):
    text = (repository / MODEL / "config.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, model_config_pb2.ModelConfig())


@pytest.fixture(scope="module")
def session(repository, configuration):
    """Open the file as the backend would by the configuration."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(configuration.parameters["intra_op_thread_count"].string_value)
    options.enable_mem_pattern = bool(int(configuration.parameters["enable_mem_pattern"].string_value))
    file = repository / configuration.name / VERSION / configuration.default_model_filename
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def test_the_configuration_describes_the_graph(configuration, session):
    assert (configuration.name, configuration.backend, configuration.max_batch_size) == (MODEL, "onnxruntime", 0)
    assert configuration.instance_group[0].count == available_processors()
    for theirs, ours in ((session.get_inputs(), configuration.input), (session.get_outputs(), configuration.output)):
        expected = [
            (value.name, TYPES[value.type], [size if isinstance(size, int) else -1 for size in value.shape])
            for value in theirs
        ]
        assert [(value.name, value.data_type, list(value.dims)) for value in ours] == expected


def test_requests_that_the_configuration_allows_get_the_reference_answers(configuration, session):
    outputs = [value.name for value in configuration.output]
    lines = (ROOT / "tests" / "fixtures" / "reference.jsonl").read_text(encoding="utf-8").splitlines()
    for one in map(json.loads, lines):
        ids = np.array([one["input_ids"]], np.int64)
        # Triton asks for every output that is configured.
        found = dict(zip(outputs, session.run(outputs, {"input_ids": ids, "attention_mask": ids**0}), strict=True))
        np.testing.assert_allclose(found["logits"][0], one["logits"], atol=TOLERANCE)
        for value in configuration.output:
            shape = found[value.name].shape
            assert len(shape) == len(value.dims)
            assert all(wanted in (-1, size) for wanted, size in zip(value.dims, shape, strict=True))


def test_what_a_client_needs_stands_beside_the_model(repository):
    assert sorted(path.name for path in (repository / MODEL).iterdir()) == [
        VERSION, "config.pbtxt", "stance.json", "tokenizer.json",
    ]  # fmt: skip
    assert [path.name for path in (repository / MODEL / VERSION).iterdir()] == [FILE]


def test_an_older_repository_is_replaced_and_other_folders_are_left(tiny_folder, tmp_path):
    target = tmp_path / "repository"
    export_triton(tiny_folder, target, instances=3)
    export_triton(tiny_folder, target, precision="fp32", instances=5)
    text = (target / MODEL / "config.pbtxt").read_text(encoding="utf-8")
    assert "count: 5" in text
    assert "tag_logits" not in text
    other = tmp_path / "photos"
    other.mkdir()
    (other / "one.jpg").touch()
    with pytest.raises(InputError, match="something else"):
        export_triton(tiny_folder, other)
    assert (other / "one.jpg").is_file()
    with pytest.raises(InputError, match="at least 1"):
        export_triton(tiny_folder, target, instances=0)
    with pytest.raises(ModelError, match="no model folder"):
        export_triton(tmp_path / "nowhere", target)


def test_a_failure_leaves_the_older_repository_as_it_was(tiny_folder, tmp_path, monkeypatch):
    target = export_triton(tiny_folder, tmp_path / "repository")
    before = sorted(target.rglob("*"))
    monkeypatch.setattr(shutil, "copy", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        export_triton(tiny_folder, target)
    assert sorted(target.rglob("*")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


@pytest.mark.slow
def test_the_command_writes_it_and_says_what_is_missing(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "export", *arguments, f"hydra.run.dir={tmp_path / 'log'}"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    done = run("format=triton", f"target={tmp_path / 'out'}", "triton.instances=1", "triton.folder=fast")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / MODEL / VERSION / FILE).stat().st_size > 10_000_000
    missing = run("format=triton")
    assert missing.returncode != 0
    assert "name the repository" in missing.stderr
    wrong = run("format=tensorrt", f"target={tmp_path / 'x'}")
    assert "must be onnx or triton" in wrong.stderr
