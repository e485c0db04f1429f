"""The model at work: one ONNX Runtime session a process, one call a window, single-threaded calls side by side.

A call reads one window, so nothing is padded and no answer depends on what else is asked at the same time.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from stance.errors import InputError, ModelError

INPUT_NAMES = frozenset({"input_ids", "attention_mask"})
OUTPUT_NAMES = ("stance_logits", "sentiment_logits")
# Ones in the mask ask for stance and sentiment, twos for the tagger: a call computes only what it asks for.
JUDGE, FIND_STATEMENTS = 1, 2
TAGGER_NAMES = ("tag_logits", "pointer_queries", "pointer_keys")
# More threads, or documents ahead for each, than any machine has use for.
MOST = 1024
Window = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RuntimeOptions:
    """How the session runs; what pays is measured in ``docs/speed.md``.

    ``threads`` is how many windows are read at the same time; None takes the processors this process may use, divided
    by ``threads_per_statement``. That is right for many statements; a service with several worker processes gives each
    worker its share. ``threads_per_statement`` computes a single window by several threads: for a program that waits
    for one statement at a time while its other processors are idle.
    ``spinning`` lets those threads wait in a loop for their next part instead of sleeping: a little faster on an idle
    machine, and slower for everybody on a shared one. Without ``threads_per_statement`` it changes nothing.
    ``memory_arena`` keeps freed memory for the next call, as much as the longest window needed. One thread gains a
    twentieth by it; threads that share it wait for one another and lose a fifth. So None has it for one thread alone.
    ``look_ahead`` is how many documents a thread ``predict_many`` may be ahead of its reader.
    """

    threads: int | None = None
    threads_per_statement: int = 1
    spinning: bool = False
    memory_arena: bool | None = None
    look_ahead: int = 4

    def __post_init__(self) -> None:
        """Check the counts and switches."""
        for name in ("threads", "threads_per_statement", "look_ahead"):
            value = getattr(self, name)
            if name == "threads" and value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
                raise InputError(f"{name} must be a whole number (int) from 1 to {MOST}, not {value!r}")
        if not isinstance(self.spinning, bool):
            raise InputError(f"spinning must be True or False, not {self.spinning!r}")
        if not isinstance(self.memory_arena, bool | None):
            raise InputError(f"memory_arena must be True, False or None, not {self.memory_arena!r}")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Logits of one window: ``stance`` (actors, 4) in the order of the blocks, ``sentiment`` (3,); both float32."""

    stance: npt.NDArray[np.float32]
    sentiment: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TagOutputs:
    """What the tagger gives for a window of n tokens, float32.

    ``tags`` has the shape (n, tags), ``queries`` and ``keys`` (n, pointers times their size): :mod:`stance.tagging`.
    """

    tags: npt.NDArray[np.float32]
    queries: npt.NDArray[np.float32]
    keys: npt.NDArray[np.float32]


class Repeats:
    """Windows that one call has asked for already: the same statement again costs nothing.

    Only the latest ``room`` are remembered, so that a call over a stream keeps its memory. It belongs to one call of
    one thread.
    """

    def __init__(self, *, room: int = 4096) -> None:
        self._room = room
        self._futures: OrderedDict[bytes, Future[Outputs]] = OrderedDict()

    def future(self, window: Window, start: Callable[[Window], Future[Outputs]]) -> Future[Outputs]:
        """Return the future of a window's outputs, started now where it was not asked for before."""
        key = window.tobytes()
        found = self._futures.pop(key, None)
        # What failed is tried anew for the next who asks: the error may have been of the moment.
        if found is None or found.cancelled() or (found.done() and found.exception() is not None):
            found = start(window)
        self._futures[key] = found
        if len(self._futures) > self._room:
            self._futures.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class _Process:
    """What belongs to one process and must not be used after a fork."""

    pid: int
    session: onnxruntime.InferenceSession
    pool: ThreadPoolExecutor | None
    arena: bool
    has_tagger: bool


class Runtime:
    """Runs a model file. Threads may share one; it can be pickled and survives a fork."""

    def __init__(self, path: str | Path, *, options: RuntimeOptions | None = None) -> None:
        """Take a model file, which is opened at the first call; ModelError where there is none."""
        self.path = Path(path)
        self.options = options or RuntimeOptions()
        if not self.path.is_file():
            raise ModelError(f"there is no model file {self.path}; export the model folder again")
        self._process: _Process | None = None
        # One lock a process: a lock that another thread held at a fork would never open in the child.
        self._locks: dict[int, threading.Lock] = {}

    def __reduce__(self) -> tuple[type[Runtime], tuple[Path], dict[str, RuntimeOptions]]:
        """Pickle the path and the options; the other process opens a session of its own."""
        return type(self), (self.path,), {"options": self.options}

    def __setstate__(self, state: dict[str, RuntimeOptions]) -> None:
        """Take the options of a pickled runtime."""
        self.options = state["options"]

    @property
    def threads(self) -> int:
        """How many windows are read at the same time."""
        return self.options.threads or max(1, available_processors() // self.options.threads_per_statement)

    def run(self, windows: Sequence[Window]) -> list[Outputs]:
        """Return the outputs of the windows in their order; several are read side by side, equal ones once.

        Each window is an int64 array of shape (length,), as :mod:`stance.encoding` makes them.
        """
        if len(windows) == 1:
            # A window alone is read where it is: to hand it to another thread would cost more than it gains.
            return [_call(self._here().session, windows[0])]
        return results(self.submit(windows))

    def open(self) -> None:
        """Open the model file, if this process has not yet; ModelError where it cannot be opened."""
        self._here()

    @property
    def has_tagger(self) -> bool:
        """Whether the model file has a tagger of statements."""
        return self._here().has_tagger

    def tag(self, windows: Sequence[Window], *, progress: Progress | None = None) -> list[TagOutputs]:
        """Return what the tagger gives for the windows, one after the other; ModelError where the file has none.

        ``progress`` is called after each with how many are done and how many there are.
        """
        process = self._here()
        if not process.has_tagger:
            raise ModelError(f"{self.path} has no tagger; export the run again with tagger=...")
        found = []
        for window in windows:
            found.append(_call_tagger(process.session, window))
            if progress is not None:
                progress(len(found), len(windows))
        if not process.arena:
            # Windows of 512 tokens leave 40 to 70 MB free in pieces that nothing else fits into.
            _give_back_memory()
        return found

    def submit(self, windows: Sequence[Window], *, repeats: Repeats | None = None) -> list[Future[Outputs]]:
        """Start to read the windows and return at once, where there are threads to read them; in their order.

        Equal windows are read once; with ``repeats`` also those that it has seen in earlier submissions of a call.
        """
        process = self._here()
        repeats = Repeats(room=max(1, len(windows))) if repeats is None else repeats

        def start(window: Window) -> Future[Outputs]:
            if process.pool is not None:
                return process.pool.submit(_call, process.session, window)
            future: Future[Outputs] = Future()
            future.set_result(_call(process.session, window))
            return future

        return [repeats.future(window, start) for window in windows]

    def _here(self) -> _Process:
        """Return this process's session and threads, made at the first call."""
        pid = os.getpid()
        process = self._process
        if process is None or process.pid != pid:
            with self._locks.setdefault(pid, threading.Lock()):
                process = self._process
                if process is None or process.pid != pid:
                    process = self._process = self._open(pid)
        return process

    def _open(self, pid: int) -> _Process:
        threads = self.threads
        arena = threads == 1 if self.options.memory_arena is None else self.options.memory_arena
        session = open_session(self.path, options=replace(self.options, memory_arena=arena))
        pool = ThreadPoolExecutor(threads, thread_name_prefix="stance") if threads > 1 else None
        _give_back_memory()
        has_tagger = {value.name for value in session.get_outputs()}.issuperset(TAGGER_NAMES)
        return _Process(pid, session, pool, arena, has_tagger)


def open_session(path: Path, *, options: RuntimeOptions | None = None) -> onnxruntime.InferenceSession:
    """Return a session on a model file, single-threaded by default; ModelError if it is not one of this library's."""
    onnxruntime.disable_telemetry_events()
    wanted = options or RuntimeOptions()
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads = wanted.threads_per_statement
    session_options.inter_op_num_threads = 1
    session_options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    session_options.enable_cpu_mem_arena = wanted.memory_arena is not False
    # A memory plan would be kept for every length of a window that ever came.
    session_options.enable_mem_pattern = False
    spinning = str(int(wanted.spinning))
    session_options.add_session_config_entry("session.intra_op.allow_spinning", spinning)
    session_options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    session_options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), session_options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own errors share no base class but Exception
        raise ModelError(f"ONNX Runtime {onnxruntime.__version__} cannot open {path}: {error}") from error
    inputs = {value.name for value in session.get_inputs()}
    outputs = {value.name for value in session.get_outputs()}
    if inputs != INPUT_NAMES or not outputs.issuperset(OUTPUT_NAMES):
        raise ModelError(f"{path} has the inputs {sorted(inputs)} and outputs {sorted(outputs)}: another model's")
    return session


def _call(session: onnxruntime.InferenceSession, window: Window) -> Outputs:
    stance, sentiment = _run(session, OUTPUT_NAMES, window, JUDGE)
    return Outputs(stance, sentiment[0])


def _call_tagger(session: onnxruntime.InferenceSession, window: Window) -> TagOutputs:
    tags, queries, keys = _run(session, TAGGER_NAMES, window, FIND_STATEMENTS)
    return TagOutputs(tags[0], queries[0], keys[0])


def _run(
    session: onnxruntime.InferenceSession, names: Sequence[str], window: Window, purpose: int
) -> list[npt.NDArray[np.float32]]:
    ids = window[np.newaxis]
    inputs = {"input_ids": ids, "attention_mask": np.full_like(ids, purpose)}
    found: list[npt.NDArray[np.float32]] = session.run(names, inputs)
    return found


def results(futures: Sequence[Future[Outputs]]) -> list[Outputs]:
    """Wait for the outputs and return them."""
    try:
        return [future.result() for future in futures]
    finally:
        # After an error or an interrupt nothing that has not begun shall run on.
        for future in futures:
            future.cancel()


@cache
def _trim() -> Callable[[int], int]:
    """Return what gives free memory back to the system; where the allocator is not GNU's, nothing is kept that long."""
    found = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return found or (lambda _: 0)


def _give_back_memory() -> None:
    """Return to the system what reading a model file or a long window has left free."""
    _trim()(0)


def available_processors() -> int:
    """Return how many processors this process may use, by its affinity and by the quota of its control group."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
    return max(1, count if quota is None else min(count, round(quota)))


def _quota(membership: Path, root: Path) -> float | None:
    """Return the processors that a control group allows, of version 2 or 1; None where nothing limits them."""
    found = []
    for folder in _groups(membership, root):
        # A limit of a group above holds for the groups inside it as well.
        for place in (folder, *folder.parents):
            if not place.is_relative_to(root):
                break
            limit = _limit(place)
            if limit is not None:
                found.append(limit)
    return min(found, default=None)


def _groups(membership: Path, root: Path) -> list[Path]:
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    folders = [root, root / "cpu"]
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, place = rest.partition(":")
        if number == "0" and not controllers:
            folders.append(root / place.lstrip("/"))
        elif "cpu" in controllers.split(","):
            folders.append(root / "cpu" / place.lstrip("/"))
    return folders


def _limit(folder: Path) -> float | None:
    try:
        if (folder / "cpu.max").is_file():
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()[:2]
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        return int(quota) / int(period) if quota != "max" and int(quota) > 0 else None
    except (OSError, ValueError):
        # No such limit here, or none in a form that is known: the affinity alone decides.
        return None
