import codecs
import json
import os
import pty
import re
import resource
import select
import signal
import subprocess
import sys

import pytest

import stance
from stance.cli import main
from stance.cli.tables import visible
from stance.types import Document, Prediction
from tests.conftest import NEWS, ROOT

COMMAND = [sys.executable, "-c", "from stance.cli import main; main()"]
DOCUMENT_KEYS = ["source", "language", "warnings", "statements"]


class Answer:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(monkeypatch, capfd):
    """Run the command in this process and return its exit code and what it wrote."""

    def run(*arguments, columns=100, stdin=None):
        monkeypatch.setattr(sys, "argv", ["stance", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", str(columns))
        # The streams of pytest are bound to the file descriptors, as those of a process are.
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(SystemExit) as end:
            main()
        written = capfd.readouterr()
        return Answer(end.value.code or 0, written.out, written.err)

    return run


@pytest.fixture
def news(tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(NEWS, encoding="utf-8")
    return file


def process(*arguments, stdin=b"", environment=None):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, **(environment or {})},
    )


def test_json_of_one_file_is_the_document_without_its_text(run, tiny, tiny_folder, news):
    done = run("predict", news, "--format", "json", "--model", tiny_folder, "--precision", "fp32")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert list(found) == DOCUMENT_KEYS
    assert found["source"] == str(news)
    expected = tiny.predict(NEWS)
    assert [s["text"] for s in found["statements"]] == [p.statement.text for p in expected.predictions]
    assert list(found["statements"][0]["stances"]) == ["NATO", "Russia", "DPRK", "China"]
    assert set(found["statements"][0]["stances"]["NATO"]) == {"label", "confidence", "probabilities", "mentions"}
    assert set(found["statements"][0]["sentiment"]) == {"label", "confidence", "probabilities"}
    again = Document.from_dict(found | {"text": NEWS})
    assert [p.statement for p in again.predictions] == [p.statement for p in expected.predictions]


def test_jsonl_is_one_document_a_line_in_the_order_of_the_files(run, tiny_folder, tmp_path, news):
    empty, other = tmp_path / "empty.txt", tmp_path / "other.txt"
    empty.write_text("", encoding="utf-8")
    other.write_text("“Мы за мир”, — сказал представитель Кремля Дмитрий Песков.", encoding="utf-8")
    done = run("predict", other, empty, news, "--format", "jsonl", "--model", tiny_folder)
    documents = [json.loads(line) for line in done.out.splitlines()]
    assert [document["source"] for document in documents] == [str(other), str(empty), str(news)]
    assert [len(document["statements"]) for document in documents] == [1, 0, 4]
    assert documents[1] == {"source": str(empty), "language": None, "warnings": [], "statements": []}
    assert "Мы за мир" in done.out  # not as escapes


def test_json_of_several_files_is_a_list(run, tiny_folder, news, tmp_path):
    done = run("predict", news, news, "--format", "json", "--model", tiny_folder)
    assert [list(document) for document in json.loads(done.out)] == [DOCUMENT_KEYS] * 2
    one_failed = run("predict", news, tmp_path / "none", "--format", "json", "--model", tiny_folder)
    assert [document["source"] for document in json.loads(one_failed.out)] == [str(news)]
    all_failed = run("predict", tmp_path / "none", tmp_path / "neither", "--format", "json", "--model", tiny_folder)
    assert (all_failed.code, json.loads(all_failed.out)) == (1, [])


@pytest.mark.parametrize("arguments", [["--actors", "Iran,Russia"], ["--actors", "Iran", "--actors", " Russia "]])
def test_actors_is_a_comma_list_and_can_be_repeated(run, tiny_folder, news, arguments):
    done = run("predict", news, "--format", "jsonl", "--model", tiny_folder, *arguments)
    assert list(json.loads(done.out)["statements"][0]["stances"]) == ["Iran", "Russia"]


def test_kinds_and_language(run, tiny_folder, tmp_path):
    file = tmp_path / "mixed.txt"
    file.write_text(
        "Dmitry Peskov called NATO “a machine that lives on wars”. “We want peace,” he said.", encoding="utf-8"
    )
    done = run("predict", file, "--kinds", "mixed", "--language", "en", "--format", "jsonl", "--model", tiny_folder)
    assert [s["kind"] for s in json.loads(done.out)["statements"]] == ["mixed"]
    done = run("extract", file, "--kinds", "direct,mixed", "--format", "jsonl")
    assert [s["kind"] for s in json.loads(done.out)["statements"]] == ["mixed", "direct"]


def test_extract_is_predict_without_stances(run, news):
    done = run("extract", news, "--format", "jsonl")
    found = json.loads(done.out)
    assert list(found) == DOCUMENT_KEYS
    assert found["statements"] == [statement.to_dict() for statement in stance.extract(NEWS)]


def test_failed_inputs_are_named_and_the_others_done(run, tiny_folder, tmp_path, news):
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Così è".encode("latin-1"))
    unreadable = tmp_path / "missing.txt"
    done = run("predict", unreadable, latin, tmp_path, news, "--format", "jsonl", "--model", tiny_folder)
    assert done.code == 1
    assert [json.loads(line)["source"] for line in done.out.splitlines()] == [str(news)]
    lines = done.err.splitlines()
    assert len(lines) == 3
    assert lines[0] == f"stance: {unreadable}: no such file"
    assert lines[1].startswith(f"stance: {latin}: not UTF-8 at byte 3")
    assert lines[2].startswith(f"stance: {tmp_path}: is a directory")


@pytest.mark.parametrize(
    "content",
    [
        NEWS.encode(),
        codecs.BOM_UTF8 + NEWS.encode(),
        codecs.BOM_UTF16_LE + NEWS.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + NEWS.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"],
)
def test_byte_order_marks_are_read_and_are_no_part_of_the_text(run, tmp_path, content):
    file = tmp_path / "news.txt"
    file.write_bytes(content)
    found = json.loads(run("extract", file, "--format", "jsonl").out)
    assert found["statements"] == [statement.to_dict() for statement in stance.extract(NEWS)]


def test_a_broken_utf16_file_fails(run, tmp_path):
    file = tmp_path / "odd.txt"
    file.write_bytes(codecs.BOM_UTF16_LE + "ab".encode("utf-16-le") + b"x")
    done = run("extract", file, "--format", "jsonl")
    assert (done.code, done.out) == (1, "")
    assert "not UTF-16 at byte 6" in done.err


def test_line_endings_are_kept_so_that_offsets_fit_the_file(run, tmp_path):
    file = tmp_path / "dos.txt"
    text = NEWS.replace("\n", "\r\n")
    file.write_bytes(text.encode())
    for statement in json.loads(run("extract", file, "--format", "json").out)["statements"]:
        assert " ".join(text[start:end] for start, end in statement["spans"]) == statement["text"]


def test_standard_input_and_empty_input(tiny_folder):
    done = process("predict", "-", "--format", "jsonl", "--model", tiny_folder, stdin=NEWS.encode())
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert (found["source"], len(found["statements"])) == ("<stdin>", 4)
    done = process("extract", "-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[0] == "<stdin>  language unknown, no statements"


def test_output_is_utf8_whatever_the_locale(tiny_folder, news):
    environment = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = process("extract", news, environment=environment)
    assert done.returncode == 0
    assert "Marta Kalnina" in done.stdout.decode("utf-8")
    text = "«Мы за мир», — сказал Дмитрий Песков."
    done = process("extract", "-", "--format", "jsonl", stdin=text.encode(), environment=environment)
    assert json.loads(done.stdout.decode("utf-8"))["statements"][0]["text"] == "Мы за мир"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict"], "FILE"),
        (["predict", "FILE", "--format", "xml"], "--format"),
        (["predict", "FILE", "--actors", "NATO,Nato"], "same actor"),
        (["predict", "FILE", "--actors", ""], "no actor"),
        (["predict", "FILE", "--kinds", "shouted"], "kinds"),
        (["predict", "FILE", "--language", "English please"], "language"),
        (["predict", "FILE", "--threads", "0"], "--threads"),
        (["predict", "FILE", "--precision", "fp64"], "--precision"),
        (["predict", "FILE", "--model", "nowhere"], "nowhere"),
        (["predict", "-", "-"], "more than once"),
        (["predict", "FILE", "--actor", "NATO"], "--actor"),
        (["foresee", "FILE"], "foresee"),
    ],
)
def test_wrong_usage_ends_with_2_and_prints_nothing_on_stdout(run, news, arguments, message):
    done = run(*(news if argument == "FILE" else argument for argument in arguments))
    assert (done.code, done.out) == (2, "")
    assert message in re.sub(r"[│\s]+", " ", done.err)


def test_version_and_help(run):
    assert run("--version").out == f"{stance.__version__}\n"
    done = run("--help")
    assert done.code == 0
    for command in ("predict", "classify", "extract", "info"):
        assert command in done.out


# --- the table


def words(text):
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 140, 200])
def test_table_fits_the_width_and_loses_no_word(run, tiny, tiny_folder, news, columns):
    done = run("predict", news, "--model", tiny_folder, "--precision", "fp32", columns=columns)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= columns
    document = tiny.predict(NEWS)
    for prediction in document.predictions:
        assert words(prediction.statement.text) | words(prediction.statement.speaker) <= words(done.out)
        assert f"{prediction.sentiment.confidence:.2f}" in done.out
        for name, found in prediction.stances.items():
            assert name in done.out
            if found.label != "unrelated":
                assert f"{found.confidence:.2f}" in done.out


def test_table_with_many_actors_stays_readable(run, tiny_folder, news):
    names = ["NATO", "Russia", "DPRK", "China", "Ukraine", "USA", "EU", "Iran", "Japan", "Belarus", "Taiwan", "UK"]
    done = run("predict", news, "--model", tiny_folder, "--actors", ",".join(names), columns=80)
    assert max(map(len, done.out.splitlines())) <= 80
    assert words(stance.extract(NEWS)[0].text) <= words(done.out)
    for name in names:
        assert done.out.count(name) >= 4


def test_table_wraps_wide_scripts_and_words_without_a_blank(run, tmp_path):
    file = tmp_path / "wide.txt"
    text = "俄罗斯必须停止战争并且立即撤出全部军队" * 6
    file.write_text(f"外交部发言人林乔表示：“{text}。”\n", encoding="utf-8")
    done = run("extract", file, columns=60)
    assert (
        text in re.sub(r"\s", "", done.out.split("statement\n")[-1]).replace("─", "") or done.out.count("俄罗斯") == 6
    )
    assert max(sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in done.out.splitlines()) <= 60


def test_text_that_looks_like_markup_or_steers_a_terminal_is_shown_as_it_is(run, tmp_path):
    file = tmp_path / "odd.txt"
    file.write_text("“We [bold]never[/bold] left :smile: \x1b[31mred\x07 town,” said Ann Bell.", encoding="utf-8")
    done = run("extract", file)
    assert "[bold]never[/bold] left :smile:" in done.out
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    assert visible("a\x1b[0m\n b\x9b") == "a\ufffd[0m b\ufffd"


def test_unrelated_is_a_dot():
    from stance.cli.tables import _answer

    assert _answer("unrelated", 0.91, " ").plain == "·"
    assert _answer("against", 0.914, " ").plain == "against 0.91"


def on_terminal(*arguments, environment=None):
    """Return what the command writes on a terminal of its own, stdout and stderr together."""
    child, descriptor = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        outer = {
            name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
        }
        os.execve(COMMAND[0], [*COMMAND, *map(str, arguments)], {**outer, "TERM": "xterm", **(environment or {})})
    written = b""
    while True:
        try:
            if not select.select([descriptor], [], [], 60)[0]:
                break
            piece = os.read(descriptor, 65536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    os.close(descriptor)
    os.waitpid(child, 0)
    return written.decode()


def test_colour_and_progress_are_for_terminals_alone(tiny_folder, news):
    arguments = ["predict", news, news, "--model", tiny_folder]
    seen = on_terminal(*arguments)
    assert "\x1b[1m" in seen
    assert re.search(r"\x1b\[3[123]m", seen)
    assert "1 of 2 done" in seen
    assert not re.search(r"\x1b\[3\dm", on_terminal(*arguments, environment={"NO_COLOR": "1"}))
    piped = process(*arguments)
    assert b"\x1b" not in piped.stdout
    assert piped.stderr == b""


# --- classify


def write_lines(path, *lines):
    path.write_text(
        "".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines), encoding="utf-8"
    )
    return path


def test_classify_keeps_id_and_order(run, tiny, tiny_folder, tmp_path):
    file = write_lines(
        tmp_path / "statements.jsonl",
        {"id": "a-1", "text": "We thank NATO.", "speaker": "Ann Bell"},
        {"text": "Moscow must stop.", "context": "“Moscow must stop,” he said."},
        "\n",
        {"id": 7, "text": "Russia must stop.\u2028Now.", "speaker": None, "extra": True},
        {"id": None, "text": "Peace."},
    )
    done = run("classify", file, "--model", tiny_folder, "--precision", "fp32")
    assert (done.code, done.err) == (0, "")
    found = [json.loads(line) for line in done.out.split("\n") if line]
    assert [("id" in item, item.get("id")) for item in found] == [(True, "a-1"), (False, None), (True, 7), (True, None)]
    assert [item["line"] for item in found] == [1, 2, 4, 5]
    assert found[0]["speaker"] == "Ann Bell"
    assert found[2]["text"] == "Russia must stop.\u2028Now."
    expected = tiny.classify(["Moscow must stop."], contexts=["“Moscow must stop,” he said."])[0]
    assert found[1]["stances"]["Russia"]["confidence"] == pytest.approx(expected.stances["Russia"].confidence, abs=1e-5)
    assert Prediction.from_dict(found[1]).statement == expected.statement


def test_classify_names_bad_lines_and_does_the_others(run, tiny_folder, tmp_path):
    file = write_lines(
        tmp_path / "statements.jsonl",
        {"id": 1, "text": "One."},
        "{no json}\n",
        "[1, 2]\n",
        {"id": 4},
        {"text": 5},
        {"text": "  "},
        {"text": "Seven.", "speaker": 3},
        '{"text": "half \\ud83d"}\n',
        "[" * 100_000 + "\n",
        {"id": 10, "text": "Ten."},
    )
    done = run("classify", file, "--model", tiny_folder)
    assert done.code == 1
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == [1, 10]
    named = [int(re.match(rf"stance: {re.escape(str(file))}:(\d+): ", line)[1]) for line in done.err.splitlines()]
    assert named == [2, 3, 4, 5, 6, 7, 8, 9]


def test_classify_many_more_than_are_computed_at_once(run, tiny_folder, tmp_path):
    file = write_lines(tmp_path / "many.jsonl", *({"id": number, "text": f"Number {number}."} for number in range(150)))
    done = run("classify", file, "--model", tiny_folder, "--actors", "NATO")
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == list(range(150))


def test_classify_json_and_table(run, tiny_folder, tmp_path):
    file = write_lines(tmp_path / "s.jsonl", {"id": "x9", "text": "We thank NATO.", "speaker": "Ann Bell"})
    found = json.loads(run("classify", file, "--format", "json", "--model", tiny_folder).out)
    assert [item["id"] for item in found] == ["x9"]
    table = run("classify", file, "--format", "table", "--model", tiny_folder).out
    assert "1 statement" in table
    for word in ("x9", "Ann Bell", "We thank NATO.", "Russia", "sentiment"):
        assert word in table


def test_classify_of_an_empty_file(run, tiny_folder, tmp_path):
    file = write_lines(tmp_path / "empty.jsonl")
    assert (run("classify", file, "--model", tiny_folder).out) == ""
    assert json.loads(run("classify", file, "--format", "json", "--model", tiny_folder).out) == []


# --- info


def test_info(run, tiny_folder):
    done = run("info", "--model", tiny_folder, "--format", "json")
    assert done.code == 0
    found = json.loads(done.out)
    assert found["version"] == stance.__version__
    assert found["model"]["folder"] == str(tiny_folder)
    assert found["model"]["precisions"] == ["int8", "fp32"]
    assert {"en", "ru", "zh"} <= set(found["languages"])
    assert {"NATO", "Ukraine"} <= set(found["actors"])
    assert found["default_actors"] == ["NATO", "Russia", "DPRK", "China"]
    assert "onnxruntime" in found["versions"]
    table = run("info", "--model", tiny_folder).out
    assert "int8, fp32" in table
    assert "onnxruntime" in table


def test_info_without_a_model_tells_the_rest(run, tmp_path):
    done = run("info", "--model", tmp_path / "nowhere")
    assert done.code == 1
    assert "nowhere" in done.err
    assert "Ukraine" in done.out


# --- how it ends


def test_a_reader_that_leaves_ends_it_quietly(tmp_path):
    file = tmp_path / "news.txt"
    file.write_text(NEWS * 30, encoding="utf-8")
    child = subprocess.Popen(
        [*COMMAND, "extract", *[str(file)] * 5, "--format", "jsonl"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    child.stdout.read(100)
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait(60) == 0


def test_an_interrupt_ends_it_with_130():
    child = subprocess.Popen(
        [*COMMAND, "extract", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell that runs the tests in the background has them ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # More than a pipe holds: when it has gone, the command is reading.
    child.stdin.write(b"x" * 1_000_000)
    child.stdin.flush()
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130
    assert b"Traceback" not in errors


def processor_seconds():
    """Return what ended child processes have used: unlike the clock, not what else the machine is doing."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_help_is_quick_and_opens_nothing_heavy():
    program = (
        "import sys; sys.argv = ['stance', '--help']\n"
        "from stance.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join({'torch', 'transformers', 'datasets', 'hydra', 'py3langid'} & set(sys.modules)))"
    )
    start = processor_seconds()
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert processor_seconds() - start < 2.0
    assert "classify" in done.stdout
    assert done.stderr == ""


def test_a_terminal_of_no_width_is_taken_for_one_of_eighty_columns(run, news):
    assert run("extract", news, columns=0).out == run("extract", news, columns=80).out


def test_a_name_too_long_for_a_file_fails_alone(run, news):
    answer = run("extract", "x" * 5000, news, "--format", "jsonl")
    assert answer.code == 1
    assert len(answer.out.splitlines()) == 1
    assert "too long" in answer.err


def test_numbers_that_are_no_json_fail_alone(run, tmp_path, tiny_folder):
    file = tmp_path / "lines.jsonl"
    file.write_text(
        '{"text": "a", "id": NaN}\n{"text": "b", "id": ' + "9" * 5000 + '}\n{"text": "c"}\n', encoding="utf-8"
    )
    answer = run("classify", file, "--model", tiny_folder)
    assert answer.code == 1
    assert [json.loads(line)["text"] for line in answer.out.splitlines()] == ["c"]
    assert "lines.jsonl:1:" in answer.err
    assert "lines.jsonl:2:" in answer.err


def test_utf32_is_named(run, tmp_path):
    file = tmp_path / "wide.txt"
    file.write_bytes("“We go,” said Ann.".encode("utf-32"))
    answer = run("extract", file)
    assert answer.code == 1
    assert "UTF-32" in answer.err
