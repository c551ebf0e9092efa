"""What the repository promises about itself: pinned parts, no foreign hosts, one policy for every page."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "site"
PAGES = sorted(SITE.glob("*.html"))


def _filled(page: Path) -> str:
    """The page as the build makes it, with the parts that all pages share."""
    made = runpy.run_path(str(SITE / "build" / "pages.py"))["fill"](page.read_text())
    assert isinstance(made, str)
    return made


def test_the_lock_has_exact_versions_hashes_and_no_host() -> None:
    text = (SITE / "package-lock.json").read_text()
    assert "://" not in re.sub(r'"(url|funding)": ("[^"]*"|\{[^}]*\}|\[[^\]]*\])', "", text)
    lock = json.loads(text)
    wanted = json.loads((SITE / "package.json").read_text())
    for versions in (wanted.get("dependencies", {}), wanted.get("devDependencies", {})):
        assert all(re.fullmatch(r"\d+\.\d+\.\d+\S*", version) for version in versions.values()), versions
    for name, entry in lock["packages"].items():
        assert not name or entry["integrity"].startswith("sha512-"), name


@pytest.mark.parametrize("name", ["vendor.txt", "vendor-tests.txt"])
def test_every_vendored_wheel_is_pinned_by_hash(name: str) -> None:
    lines = (SITE / "build" / name).read_text().splitlines()
    wheels = [line for line in lines if line and not line.startswith("#")]
    assert wheels
    for line in wheels:
        assert re.fullmatch(r"[a-z0-9_-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_has_the_strict_policy(page: Path) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"', _filled(page))
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.strip()}
    assert rules["default-src"] == ["'none'"]
    assert rules["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert rules["style-src"] == ["'self'"]
    assert rules["base-uri"] == ["'none'"]
    assert set(rules["connect-src"]) <= {"'self'", "ws:", "wss:"}


def test_what_all_pages_share_is_said_once() -> None:
    for page in PAGES:
        assert "Content-Security-Policy" not in page.read_text(), page.name
        assert "<!-- part:" not in _filled(page), page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_files_relative_to_themselves_and_hold_no_code(page: Path) -> None:
    text = _filled(page)
    for address in re.findall(r'(?:src|href)="([^"]+)"', text):
        assert not address.startswith("/"), address
        assert "://" not in address or _is_link(text, address), address
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r"<style|\sstyle=", text)


def _is_link(text: str, address: str) -> bool:
    """Whether `address` is something to click on, not something that the page loads."""
    before = text.split(f'"{address}"')[0]
    return before.rpartition("<")[2].startswith("a ")


def test_the_wheel_is_pure_and_needs_little() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    everywhere = [need for need in project["dependencies"] if "emscripten" not in need]
    assert [re.match(r"[a-z]+", need).group() for need in everywhere] == ["msgspec"]  # type: ignore[union-attr]


def test_the_version_is_said_once() -> None:
    import graphvine

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert graphvine.__version__ == version


def test_build_sh_stays_short() -> None:
    assert (ROOT / "build.sh").read_text().count("\n") <= 100


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt"])
def test_the_image_of_the_relay_is_pinned_by_hash(name: str) -> None:
    entries = re.split(r"^(?=\S)", (ROOT / "relay" / name).read_text(), flags=re.MULTILINE)
    pins = [entry for entry in entries if entry.strip() and not entry.startswith("#")]
    assert pins
    for pin in pins:
        assert re.fullmatch(r"[\w-]+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n", pin), pin
    assert f"--require-hashes -r {name}" in re.sub(r"--prefix=\S+ ", "", (ROOT / "Dockerfile").read_text())


def test_the_image_of_the_relay_has_what_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = "".join((ROOT / "relay" / name).read_text() for name in ("requirements.txt", "requirements-build.txt"))
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", text, flags=re.MULTILINE))
    asked = [
        *map(Requirement, project["dependencies"]),
        *map(Requirement, project["optional-dependencies"]["relay"]),
        *map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]),
    ]
    assert {one.name: pinned.get(one.name) for one in asked if pinned.get(one.name, "") not in one.specifier} == {}


def test_what_build_sh_installs_is_pinned() -> None:
    """Every package that `./build.sh` names, and every one that the wheel asks for; the relay's image has the same."""
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = about["project"]["optional-dependencies"]
    named = [Requirement(need) for need in (*about["build-system"]["requires"], *extras["serve"], *extras["dev"])]
    pins = {one.name: str(one.specifier) for one in named if one.name != "graphvine"}
    assert {name: pin for name, pin in pins.items() if not re.fullmatch(r"==\d[^*]*", pin)} == {}
    asked = [Requirement(need) for need in (*about["project"]["dependencies"], *extras["native"], *extras["relay"])]
    assert {one.name for one in asked} <= pins.keys()
    text = "".join((ROOT / "relay" / name).read_text() for name in ("requirements.txt", "requirements-build.txt"))
    image = {name: f"=={version}" for name, version in re.findall(r"^([\w-]+)==(\S+)", text, flags=re.MULTILINE)}
    assert {name: pin for name, pin in pins.items() if image.get(name, pin) != pin} == {}
