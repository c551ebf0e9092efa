"""Builds the static site into build/site, and the wheel into dist. Does only what changed since last time.

    python site/build/make_site.py [--wheel-only]

The folder works under any path of any static server: every URL in it is relative.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

from toolchain import CACHE, ROOT, SITE, Step, files_below, node, run
from vendor import PYODIDE_FILES, integrity, lock_file, node_modules, runtime_wheels

from pages import fill

SITE_FOLDER = ROOT / "build" / "site"
OUTPUT = ROOT / "build" / "site-next"
"""Where the new site grows; it takes the place of the old one when it is whole."""
DIST = ROOT / "dist"
SOURCES = [ROOT / "pypkg", ROOT / "relay" / "graphvine_relay", ROOT / "pyproject.toml", ROOT / "README.md"]
# The standard modules that everything else leans on; our own modules are found by looking.
SNAPSHOT_MODULES = ["asyncio", "base64", "bisect", "collections.abc", "contextlib", "dataclasses", "datetime", "enum"]
SNAPSHOT_MODULES += [
    "functools",
    "hashlib",
    "heapq",
    "hmac",
    "io",
    "itertools",
    "json",
    "math",
    "random",
    "re",
    "struct",
]
SNAPSHOT_MODULES += ["textwrap", "traceback", "typing", "zlib", "pyodide.code", "pyodide.ffi", "pyodide.webloop"]
SNAPSHOT_MODULES += ["msgspec", "msgspec.json", "msgspec.msgpack", "msgspec.structs"]
NOT_IN_A_TAB = ("graphvine.platform.native", "graphvine.cli", "graphvine.__main__", "graphvine_relay")


def make_wheel() -> Path:
    """Build the pure wheel into dist and return it."""
    step = Step("wheel", files_below(*(place for place in SOURCES if place.exists())), DIST)
    wheels = sorted(DIST.glob("graphvine-*.whl"))
    if step.is_done() and len(wheels) == 1:
        return wheels[0]
    for old in wheels:
        old.unlink()
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(DIST)])
    step.finish()
    (wheel,) = DIST.glob("graphvine-*.whl")
    return wheel


def our_modules(wheel: Path) -> list[str]:
    """Names of the modules of our wheel that a tab may import."""
    with zipfile.ZipFile(wheel) as archive:
        paths = [name for name in archive.namelist() if name.endswith(".py")]
    names = sorted(path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths)
    return [name for name in names if not name.startswith(NOT_IN_A_TAB)]


def make_start(wheel: Path, wheels: list[Path], modules: Path) -> Path:
    """The snapshot and the packages file, by Node; returns their folder."""
    folder = CACHE / "start"
    scripts = [
        SITE / "build" / "make_snapshot.mjs",
        SITE / "packages.js",
        SITE / "linking.js",
        SITE / "package-lock.json",
    ]
    msgspec = next(path for path in wheels if path.name.startswith("msgspec-"))
    step = Step("start", [*scripts, wheel, msgspec], folder / "boot.json", *SNAPSHOT_MODULES)
    if not step.is_done():
        shutil.rmtree(folder, ignore_errors=True)
        for archive in (msgspec, wheel):
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(folder / "files")
        imported = SNAPSHOT_MODULES + our_modules(wheel)
        command = [node(), str(scripts[0]), str(modules / "pyodide"), str(folder / "files"), str(folder), *imported]
        run(command)
        step.finish()
    return folder


def place(data: bytes, folder: str, name: str) -> str:
    """Write `data` under a name that carries its hash, so that no cache can mix versions; returns the relative URL."""
    stem, dot, suffix = name.partition(".")
    url = f"{folder}/{stem}-{hashlib.sha256(data).hexdigest()[:12]}{dot}{suffix}"
    (OUTPUT / folder).mkdir(parents=True, exist_ok=True)
    (OUTPUT / url).write_bytes(data)
    return url


def place_start(folder: Path) -> dict[str, object]:
    """Copy the start files; returns the record that boot.js is built with."""
    boot = json.loads((folder / "boot.json").read_text())
    record: dict[str, object] = {
        "library": {
            "path": boot["library"],
            "url": place((folder / "library.so").read_bytes(), "python", "msgspec.wasm"),
        }
    }
    for key in ("packages", "snapshot"):
        data = (folder / f"{key}.bin.gz").read_bytes()
        record[key] = {"url": place(data, "python", f"{key}.bin.gz"), "bytes": len(data)}
    record["snapshot"] |= {"memoryBytes": boot["memoryBytes"]}  # type: ignore[operator]
    return record


def place_runtime(wheel: Path, wheels: list[Path], modules: Path) -> None:
    """Copy Pyodide, the wheels, and a lock file that names only them."""
    target = OUTPUT / "pyodide"
    target.mkdir(parents=True)
    for name in PYODIDE_FILES:
        shutil.copyfile(modules / "pyodide" / name, target / name)
    for path in (*wheels, wheel):
        shutil.copyfile(path, target / path.name)
    (target / "pyodide-lock.json").write_text(lock_file([*wheels, wheel], modules / "pyodide" / "pyodide-lock.json"))


def bundle(record: dict[str, object], modules: Path) -> None:
    """Bundle every page, minify the shared modules, copy everything else of site/."""
    esbuild = [
        node(),
        str(modules / "esbuild" / "bin" / "esbuild"),
        "--format=esm",
        "--target=es2022",
        "--minify",
        "--log-level=warning",
        "--charset=utf8",
    ]
    shared = [path for path in sorted(SITE.glob("*.js")) if path.name != "service-worker.js"]
    define = f"--define:__GRAPHVINE_BUILD__={json.dumps(record)}"
    # Each is one file with all that it imports: every further module would be one more round trip before the start.
    for path in shared:
        run([*esbuild, define, "--bundle", f"--outfile={OUTPUT / path.name}", str(path)])
    pages = sorted(SITE.glob("pages/*.js"))
    if pages:
        external = [f"--external:../{path.name}" for path in shared]
        run(
            [
                *esbuild,
                "--bundle",
                "--splitting",
                "--loader:.css=css",
                *external,
                f"--outdir={OUTPUT / 'pages'}",
                *map(str, pages),
            ]
        )
        for path in OUTPUT.glob("pages/*.js"):
            if "__GRAPHVINE_BUILD__" in path.read_text():
                sys.exit(f"{path.name} swallowed boot.js: only site/pages/*.js itself may import ../graphvine.js.")
    code = {".js", ".mjs"}
    own = {"package.json", "package-lock.json", ".npmrc"}
    for path in files_below(SITE):
        inner = path.relative_to(SITE)
        if (
            inner.parts[0] in ("build", "parts")
            or inner.name in own
            or (path.suffix in code and inner.parts[0] not in ("examples",))
        ):
            continue
        (OUTPUT / inner).parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".html":
            (OUTPUT / inner).write_text(fill(path.read_text()))
        else:
            shutil.copyfile(path, OUTPUT / inner)


def place_service_worker() -> None:
    """Write the service worker with the list of all files and their hashes: the version of the site is their hash."""
    manifest = {}
    for path in files_below(OUTPUT):
        url = path.relative_to(OUTPUT).as_posix()
        if url not in ("service-worker.js", "config.json"):
            manifest[url] = integrity(path.read_bytes())
    version = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:12]
    source = (SITE / "service-worker.js").read_text()
    build = json.dumps({"version": version, "files": manifest}, indent=0)
    (OUTPUT / "service-worker.js").write_text(source.replace("__GRAPHVINE_FILES__", build))


def make_site() -> Path:
    """Bring build/site up to date and return it."""
    wheel = make_wheel()
    modules = node_modules()
    wheels = runtime_wheels()
    start = make_start(wheel, wheels, modules)
    step = Step("site", [*files_below(SITE), wheel, *wheels, start / "snapshot.bin.gz"], SITE_FOLDER)
    if step.is_done():
        return SITE_FOLDER
    print("Building the site ...", file=sys.stderr, flush=True)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    place_runtime(wheel, wheels, modules)
    bundle(place_start(start), modules)
    if not (OUTPUT / "config.json").exists():
        (OUTPUT / "config.json").write_text('{"relay": null}\n')
    place_service_worker()
    shutil.rmtree(SITE_FOLDER, ignore_errors=True)
    OUTPUT.rename(SITE_FOLDER)
    step.finish()
    return SITE_FOLDER


def main() -> None:
    """Build, and say where the result is."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", "1577836800")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two builds at once take turns
        print((make_wheel() if "--wheel-only" in sys.argv else make_site()).relative_to(ROOT))


if __name__ == "__main__":
    main()
