import ast
import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import PurePosixPath

import pytest

from stance.version import __version__
from tests.conftest import NEWS, ROOT

#: What training and export need, and prediction must do without.
HEAVY = ["torch", "transformers", "datasets", "evaluate", "hydra", "omegaconf", "sklearn", "onnx", "safetensors"]


def python(program, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_and_predicting_load_nothing_of_training(tiny_folder):
    program = (
        "import sys, stance\n"
        "heavy = set(sys.argv[3:])\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "predictor = stance.load(sys.argv[1])\n"
        "print(len(predictor.predict(sys.argv[2]).predictions), len(predictor.classify(['We thank NATO.'])))\n"
        "print(len(list(predictor.predict_many([sys.argv[2]]))), len(stance.extract(sys.argv[2])))\n"
        "import stance.cli\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert python(program, tiny_folder, NEWS, *HEAVY).splitlines() == ["[]", "4 1", "1 4", "[]"]


def test_prediction_works_where_training_is_not_installed(tiny_folder):
    """The packages of the extras are hidden, so that a lazy import of one of them would fail here."""
    program = (
        "import sys\n"
        "for name in sys.argv[3:]: sys.modules[name] = None\n"
        "import stance, stance.cli\n"
        "print(len(stance.load(sys.argv[1]).predict(sys.argv[2]).predictions))"
    )
    assert python(program, tiny_folder, NEWS, *HEAVY).strip() == "4"


def test_import_opens_no_file_of_data_and_starts_no_thread():
    program = (
        "import sys, threading\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import stance\n"
        "print([name for name in opened if name.endswith(('.json', '.onnx', '.txt')) and 'stance' in name])\n"
        "print(threading.active_count())"
    )
    assert python(program).splitlines() == ["[]", "1"]


def test_every_public_name_is_there_and_documented():
    import stance

    assert sorted(stance.__all__, key=str.casefold) == sorted(set(stance.__all__), key=str.casefold)
    for name in stance.__all__:
        assert getattr(stance, name) is not None
        assert getattr(stance, name).__doc__


def test_the_package_is_typed():
    assert (ROOT / "stance" / "py.typed").is_file()


def test_a_users_typed_program_passes_mypy_strict(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--follow-imports=silent",
            f"--cache-dir={tmp_path}",
            "tests/typing_user.py",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_core_dependencies_are_those_of_prediction():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {requirement.split(">")[0] for requirement in project["dependencies"]}
    assert not names & {"torch", "transformers", "datasets", "hydra-core", "scikit-learn", "onnx"}
    assert {"train", "export", "dev"} <= set(project["optional-dependencies"])
    assert project["scripts"] == {"stance": "stance.cli:main"}


def test_the_library_never_prints_and_takes_no_loose_keywords():
    for path in (ROOT / "stance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", f"{path}:{node.lineno} prints"
            if isinstance(node, ast.FunctionDef):
                assert node.args.kwarg is None, f"{path}:{node.lineno} takes **{node.args.kwarg}"


def test_license_and_notice_are_there():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "intfloat/multilingual-e5-small" in (ROOT / "NOTICE").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as hatchling builds it, without a network."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed, so that no wheel can be built without a network")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    (file,) = folder.glob("*.whl")
    return file


def test_wheel_has_the_package_its_data_and_the_configs_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert wheel.name == f"quote_stance-{__version__}-py3-none-any.whl"
    expected = {
        (prefix / path.relative_to(ROOT / folder)).as_posix()
        for folder, prefix in (("stance", PurePosixPath("stance")), ("configs", PurePosixPath("stance/configs")))
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    information = f"quote_stance-{__version__}.dist-info"
    assert {name for name in names if not name.startswith(information)} == expected
    for name in ("METADATA", "licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"):
        assert f"{information}/{name}" in names


def test_an_unpacked_wheel_predicts_and_composes_its_configs(wheel, tiny_folder, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import stance\n"
        "print(stance.__file__.startswith(sys.argv[1]))\n"
        "print(len(stance.load(sys.argv[2]).predict(sys.argv[3]).predictions))\n"
        "from hydra import compose, initialize_config_module\n"
        "from stance.training.config import register\n"
        "register()\n"
        "with initialize_config_module('stance.configs', version_base='1.3'):\n"
        "    print('trainer' in compose('train'))"
    )
    assert python(program, tmp_path, tiny_folder, NEWS).splitlines() == ["True", "4", "True"]


def test_the_import_is_light_and_everything_public_is_there():
    code = (
        "import sys, stance; heavy = {'numpy', 'onnxruntime', 'tokenizers', 'regex'} & set(sys.modules);"
        "assert not heavy, heavy; assert set(stance.__all__) <= set(dir(stance));"
        "assert all(getattr(stance, name) is not None for name in stance.__all__); assert 'numpy' in sys.modules;"
        "assert stance.predict is stance.api.predict; assert stance.actors.registry.names();"
        "assert not hasattr(stance, 'nothing')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
