"""Things from other people that the site carries: fetched once, by exact version and hash, from npm and PyPI."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

from toolchain import CACHE, SITE, Step, npm, run

PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
PYODIDE_PLATFORM = "pyemscripten_2026_0_wasm32"


def node_modules() -> Path:
    """Install what package-lock.json names; npm checks the hashes."""
    step = Step("node_modules", [SITE / "package.json", SITE / "package-lock.json"], SITE / "node_modules")
    if not step.is_done():
        print("Fetching Pyodide and the parts of the pages ...", file=sys.stderr, flush=True)
        npm("ci", "--no-audit", "--no-fund", cwd=SITE)
        step.finish()
    return SITE / "node_modules"


def pyodide_wheels(requirements: Path, into: Path) -> list[Path]:
    """Download the wheels of a hash-pinned requirements file, built for Pyodide's ABI; returns them sorted by name."""
    step = Step(f"wheels-{requirements.stem}", [requirements], into)
    if not step.is_done():
        shutil.rmtree(into, ignore_errors=True)
        into.mkdir(parents=True)
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--only-binary=:all:",
        ]
        target = ["--python-version", "3.14", "--abi", "cp314", "--platform", PYODIDE_PLATFORM]
        run([*command, *target, "-d", str(into), "-r", str(requirements)])
        step.finish()
    return sorted(into.glob("*.whl"))


def runtime_wheels() -> list[Path]:
    """The wheels that the site serves besides our own."""
    return pyodide_wheels(SITE / "build" / "vendor.txt", CACHE / "wheels")


def lock_file(wheels: list[Path], original: Path) -> str:
    """A pyodide-lock.json that knows these wheels and nothing else, so that `micropip.install` needs no network."""
    packages = {}
    for wheel in wheels:
        name, version = wheel.name.split("-")[:2]
        plain = re.sub(r"[-_.]+", "-", name).lower()
        packages[plain] = {
            "name": plain,
            "version": version,
            "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
            "install_dir": "site",
            "package_type": "package",
            "imports": [name],
            "depends": {"graphvine": ["msgspec"], "micropip": ["packaging"]}.get(plain, []),
            "unvendored_tests": False,
        }
    return json.dumps(
        {"info": json.loads(original.read_text())["info"], "packages": packages}, indent=1, sort_keys=True
    )


def integrity(data: bytes) -> str:
    """The Subresource Integrity text of `data`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(data).digest()).decode()
