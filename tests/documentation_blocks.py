"""Blocks of the documentation: read out of Markdown, run in order, their output compared with what the page shows."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = ("python", "bash", "console", "sh")
OUTPUT = ("text", "output")
# A comment right before a block: why it is not run, or that it is a server which the rest of the page talks to.
COMMENT = re.compile(r"<!--\s*(?P<kind>not run|in the background)\s*(?::\s*(?P<reason>[^>]*?))?\s*-->")
NUMBER = re.compile(r"-?\d+\.\d+")
# A probability may differ by this much on another processor.
TOLERANCE = 0.03
# The port that the pages show; a free one is taken in its place.
PORT = "8000"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; ``expected`` is the output that the page shows for it, None where it shows none."""

    page: str
    line: int
    language: str
    code: str
    expected: str | None = None
    not_run: str | None = None
    background: bool = False

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(path: Path) -> list[Block]:
    """Return the blocks of a page in order; blocks of output are part of the block that they follow."""
    page = path.relative_to(ROOT).as_posix()
    found: list[Block] = []
    between: list[str] = []
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        opening = re.fullmatch(r"(\s*)(`{3,}|~{3,})\s*([\w+-]*)(.*)", line)
        if not opening:
            between.append(line)
            continue
        indent, fence, language, _ = opening.groups()
        assert not indent, f"{page}:{number}: an indented fence is not read by the test; move it to the margin"
        code = []
        for _, inner in lines:
            if inner.rstrip() == fence:
                break
            code.append(inner)
        else:
            raise AssertionError(f"{page}:{number}: the block is not closed")
        said = "\n".join(text for text in between if text.strip())
        between = []
        if language in OUTPUT and not said and found and found[-1].expected is None:
            before = found.pop()
            found.append(
                Block(
                    page, before.line, before.language, before.code, "\n".join(code), before.not_run, before.background
                )
            )
            continue
        comment = COMMENT.fullmatch(said.rsplit("\n", 1)[-1].strip()) if said else None
        kind = comment["kind"] if comment else None
        if kind == "not run":
            assert comment, "of course"
            assert comment["reason"], f"{page}:{number}: say why the block is not run"
        reason = comment["reason"] if comment and kind == "not run" else None
        found.append(Block(page, number, language, "\n".join(code), None, reason, kind == "in the background"))
    return found


def difference(expected: str, printed: str) -> str | None:
    """Return what differs, None where nothing does; ``...`` stands for anything and decimals may differ a little."""
    wanted = [line.rstrip() for line in expected.strip("\n").splitlines()]
    got = [line.rstrip() for line in printed.strip("\n").splitlines()]
    if _lines_match(wanted, got):
        return None
    return "the page shows\n" + "\n".join(wanted) + "\nbut this was printed\n" + "\n".join(got)


def _lines_match(wanted: list[str], got: list[str]) -> bool:
    if not wanted:
        return not got
    if wanted[0].strip() == "...":
        return any(_lines_match(wanted[1:], got[place:]) for place in range(len(got) + 1))
    return bool(got) and _line_matches(wanted[0], got[0]) and _lines_match(wanted[1:], got[1:])


def _line_matches(wanted: str, got: str) -> bool:
    pattern = ""
    for part in re.split(rf"(\.\.\.|{NUMBER.pattern})", wanted):
        pattern += ".*" if part == "..." else rf"({NUMBER.pattern})" if NUMBER.fullmatch(part) else re.escape(part)
    match = re.fullmatch(pattern, got)
    return match is not None and all(
        abs(float(one) - float(other)) <= TOLERANCE
        for one, other in zip(NUMBER.findall(wanted), match.groups(), strict=True)
    )


# What runs the python blocks of a page: one process, one namespace, a block a line.
DRIVER = """
import contextlib, io, json, linecache, sys, traceback
namespace = {"__name__": "__main__"}
answers = sys.stdout
for line in sys.stdin:
    block = json.loads(line)
    linecache.cache[block["place"]] = (len(block["code"]), None, block["code"].splitlines(True), block["place"])
    out, error = io.StringIO(), None
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(block["code"], block["place"], "exec"), namespace)
        except BaseException:
            error = traceback.format_exc()
    answers.write("\\n" + json.dumps({"driver": True, "printed": out.getvalue(), "error": error}) + "\\n")
    answers.flush()
"""


class Page:
    """Runs the blocks of one page in a folder that looks like the repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("examples", "train.py"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, folder / name)
        (folder / "data").symlink_to(ROOT / "data")
        shutil.copy(ROOT / "examples" / "summit_en.txt", folder / "article.txt")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            "PYTHONWARNINGS": "ignore",
            "COLUMNS": "92",
            "NO_COLOR": "1",
            "TERM": "dumb",
            "HF_HUB_OFFLINE": "1",
        }
        self._python: subprocess.Popen[str] | None = None
        self._servers: list[subprocess.Popen[bytes]] = []

    def run(self, block: Block) -> str:
        """Run a block and return what it printed; AssertionError with its output if it failed."""
        code = block.code.replace(f":{PORT}", f":{self.port}").replace(f"--port {PORT}", f"--port {self.port}")
        if block.language == "python":
            printed = self._run_python(block, code)
        elif block.background:
            self._serve(block, code)
            printed = ""
        else:
            if block.language == "console":
                code = "\n".join(line[2:] for line in code.splitlines() if line.startswith("$ "))
            done = subprocess.run(
                ["bash", "-eu", "-o", "pipefail", "-c", code],
                cwd=self.folder,
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{block.place} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
            printed = done.stdout
        return printed.replace(f":{self.port}", f":{PORT}")

    def _run_python(self, block: Block, code: str) -> str:
        if self._python is None:
            self._python = subprocess.Popen(
                [sys.executable, "-c", DRIVER],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        assert self._python.stdin
        assert self._python.stdout
        self._python.stdin.write(json.dumps({"code": code, "place": block.place}) + "\n")
        self._python.stdin.flush()
        # Workers of a cluster may write lines of their own to the same stream.
        for line in self._python.stdout:
            if line.startswith('{"driver"'):
                answer = json.loads(line)
                assert not answer["error"], f"{block.place} failed\n{answer['error']}"
                return str(answer["printed"])
        raise AssertionError(f"{block.place}: the process ended")

    def _serve(self, block: Block, code: str) -> None:
        log = self.folder / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                ["bash", "-eu", "-c", f"exec {code.strip()}"],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._servers.append(server)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and server.poll() is None:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=2) as answer,
            ):
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{block.place}: the server did not get ready\n{log.read_text(encoding='utf-8')}")

    def close(self) -> None:
        """End the processes of the page, and what they started."""
        if self._python is not None and self._python.stdin:
            self._python.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._python.wait(20)
            if self._python.stdout:
                self._python.stdout.close()
        for process in (*self._servers, *([self._python] if self._python else [])):
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def update(path: Path, folder: Path) -> None:
    """Run a page and write what was printed into it, where the page shows ``@@`` in its place."""
    page = Page(folder)
    lines = path.read_text(encoding="utf-8")
    try:
        for block in blocks_of(path):
            if block.language not in RUN or block.not_run is not None:
                continue
            printed = page.run(block)
            shown = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
            if block.expected == "@@":
                # Blocks are met in order, so the first mark that is left is this block's.
                lines = lines.replace("\n@@\n", f"\n{shown}\n", 1)
            elif block.expected is not None and (different := difference(block.expected, printed)):
                sys.stderr.write(f"{block.place}: {different}\n")
    finally:
        page.close()
    path.write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    for given in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            update(Path(given).resolve(), Path(temporary))
