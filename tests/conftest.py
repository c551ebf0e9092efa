"""What every test shares: one seed that repeats a run, and Hypothesis kept deterministic under it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

# The machine may be busy: no deadline on single examples. A failure prints the blob that repeats it.
settings.register_profile("graphvine", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
# In WebAssembly everything takes four times as long, and CPython has tried the many examples already.
settings.register_profile("tab", parent=settings.get_profile("graphvine"), max_examples=15)
settings.load_profile("tab" if sys.platform == "emscripten" else "graphvine")


# Processes that share the tests ignore Ctrl-C, and so would every program that a test starts, and then interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --seed, --seeds and --kills."""
    parser.addoption("--seed", type=int, default=None, help="repeat a simulated network: run this seed and no other")
    parser.addoption("--seeds", type=int, default=5, help="how many seeds the simulated networks run with")
    parser.addoption("--kills", type=int, default=2, help="how often the browser is killed in each story of a crash")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and run the cheap ones first, those with a browser last.

    Playwright keeps an event loop running in this thread: after it, nothing can start a loop of its own. Several
    processes (-n) each take the next test of this order, slow ones first: at the end none shall wait for another.
    """
    is_shared = hasattr(config, "workerinput")
    folders = {"browser": "browser", "pyodide": "browser", "native": "native"}
    for item in items:
        top = item.path.relative_to(ROOT / "tests").parts[0]
        if top in folders:
            item.add_marker(folders[top])
    items.sort(key=lambda item: (_turn(item), is_shared and not item.get_closest_marker("slow")))


def _turn(item: pytest.Item) -> int:
    if {"playwright", "selenium"}.intersection(getattr(item, "fixturenames", ())):
        return 2
    return 1 if item.get_closest_marker("native") else 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `seed` once per seed: 0..N-1, or the one of --seed."""
    if "seed" in metafunc.fixturenames:
        only = metafunc.config.getoption("--seed")
        seeds = [only] if only is not None else range(metafunc.config.getoption("--seeds"))
        metafunc.parametrize("seed", seeds)


def _lock_files(shared: dict[str, str]) -> tuple[Path, Path]:
    stem = Path(tempfile.gettempdir()) / f"graphvine-tests-{shared['testrunuid']}"
    return stem.with_suffix(".gate"), stem.with_suffix(".room")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Whoever ends first takes the locks away: those who are left are alone, or nearly."""
    shared = getattr(session.config, "workerinput", None)
    for path in _lock_files(shared) if shared else ():
        path.unlink(missing_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Where several processes share the tests, give a `quiet` one the machine to itself.

    Two locks on files: the room is shared by ordinary tests, and the gate lets a quiet one wait without being passed.
    """
    shared = getattr(item.config, "workerinput", None)
    if shared is None:
        return (yield)
    import fcntl

    is_quiet = item.get_closest_marker("quiet") is not None
    gate_file, room_file = _lock_files(shared)
    with gate_file.open("a") as gate, room_file.open("a") as room:
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if is_quiet else fcntl.LOCK_SH)
        if not is_quiet:
            fcntl.flock(gate, fcntl.LOCK_UN)
        return (yield)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Dice that fall the same way in every run of this test (and with --seed, the way that number says)."""
    return random.Random(f"{request.node.name} {request.config.getoption('--seed')}")


@pytest.fixture(scope="session")
def site_folder() -> Path:
    """build/site, brought up to date once per run."""
    done = subprocess.run([sys.executable, "site/build/make_site.py"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return ROOT / "build" / "site"


@pytest.fixture(scope="session")
def node_path() -> str:
    """Path of Node.js: the system's, or the one that the build put into this environment. Without one: skipped."""
    beside = Path(sys.executable).with_name("node")
    found = shutil.which("node") or (str(beside) if beside.exists() else None)
    return found or pytest.skip("no Node.js: ./build.sh site brings one")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of a Chromium: $CHROMIUM or the system's. Without one the test is skipped."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.skip("no Chromium: set CHROMIUM to its path")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives the browsers; there can be only one at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    """One Chromium for the whole run; tests make contexts in it, which share nothing."""
    chromium = playwright.chromium.launch(executable_path=chromium_path, chromium_sandbox=False, args=CHROMIUM_FLAGS)
    yield chromium
    chromium.close()
