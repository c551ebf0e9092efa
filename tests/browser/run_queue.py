"""How long threads of a browser had to wait for a core, told by Linux: what a busy machine adds to a time, and we don't.

A step that took 80 ms by the clock may have worked for 30 and been put aside for 50. The kernel counts that for each
thread (`schedstat`: nanoseconds run, nanoseconds ready but not running), so nothing has to be guessed. Where nobody
counts, nothing is taken off.
"""

from __future__ import annotations

import os
import threading
import time
from bisect import bisect_left, bisect_right
from pathlib import Path
from types import TracebackType
from typing import Self

# How often the counts are read.
EVERY_S = 0.004
WORKER = "DedicatedWorker"
# What a key passes through on its way to the page, beside the first threads of both processes.
ON_THE_WAY = ("Chrome_IOThread", "Chrome_ChildIOT", "Compositor")


class RunQueue:
    """Reads the counts of some threads, from `with` to its end. Where there are several, what each waited is added."""

    def __init__(self, threads: list[Path]) -> None:
        self._files = [path.open("rb", buffering=0) for path in threads]
        self._times: list[float] = []
        self._waited: list[int] = []
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._reader.join()
        for file in self._files:
            file.close()

    def waited_ms(self, begin: float, end: float) -> float:
        """Milliseconds of waiting between two times (`time.time`); no more than lies between them."""
        if not self._times:
            return 0.0
        first = max(0, bisect_right(self._times, begin) - 1)
        last = min(len(self._times) - 1, bisect_left(self._times, end))
        return min((self._waited[last] - self._waited[first]) / 1e6, (end - begin) * 1000)

    def _read(self) -> None:
        while self._files and not self._over.wait(EVERY_S):
            try:
                waited = sum(int(os.pread(file.fileno(), 100, 0).split()[1]) for file in self._files)
            except (OSError, IndexError):  # a thread is gone, or this kernel does not count
                return
            self._waited.append(waited)
            self._times.append(time.time())


def worker_threads() -> list[Path]:
    """The newest worker of this process's browsers."""
    return sorted(_threads(os.getpid(), WORKER), key=_started)[-1:]


def page_threads() -> list[Path]:
    """The first thread of the process in which that worker is: the page's own."""
    return [path.parents[1] / path.parents[2].name / path.name for path in worker_threads()]


def key_threads() -> list[Path]:
    """All that a key passes: the browser's first thread and the page's, and those between."""
    between = [path for name in ON_THE_WAY for path in _threads(os.getpid(), name)]
    browsers = {
        path.parents[1] / path.parents[2].name / path.name
        for path in between
        if _says(path.with_name("comm"), "Chrome_IOThread")
    }
    own = {path.parents[2] for path in page_threads()}
    return [
        *browsers,
        *page_threads(),
        *(path for path in between if path.parents[2] in own | {p.parents[2] for p in browsers}),
    ]


def _threads(root: int, name: str) -> list[Path]:
    """The counts of all threads of that name in the processes that `root` has started."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = []
    for process in parents:
        above = process
        while above not in (0, root):
            above = parents.get(above, 0)
        if above == root:
            found += [
                path.with_name("schedstat")
                for path in Path(f"/proc/{process}/task").glob("*/comm")
                if _says(path, name)
            ]
    return [path for path in found if path.exists()]


def _started(path: Path) -> int:
    return int(path.with_name("stat").read_text().rpartition(")")[2].split()[19])


def _says(path: Path, name: str) -> bool:
    try:
        return path.read_text().strip() == name
    except OSError:
        return False
