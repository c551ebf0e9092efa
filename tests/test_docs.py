"""Pages of docs/ that are made from the code say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from graphvine.query.functions.catalog import AGGREGATES, FUNCTIONS
from graphvine.query.procedures import BUILT_IN

ROOT = Path(__file__).resolve().parents[1]


def test_limits_page_is_up_to_date() -> None:
    made = subprocess.run([sys.executable, str(ROOT / "site/build/make_limits.py"), "--check"], check=False)
    assert made.returncode == 0, "run: python site/build/make_limits.py"


PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *(ROOT / name for name in ("README.md", "relay/README.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"\w+:", target):
            file, _, heading = target.partition("#")
            linked = (page.parent / file).resolve() if file else page
            assert linked.exists(), target
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.MULTILINE) if heading else []
            assert not heading or heading in [_slug(text) for text in headings], target


def _slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_cypher_page_lists_every_function() -> None:
    listed = (ROOT / "docs/cypher.md").read_text().partition("## Functions and procedures")[2].partition("\n## ")[0]
    names = {name.lower() for name in re.findall(r"`([\w.]+)`", listed)} - {"ornull", "list"}
    moments = {"date", "localtime", "time", "localdatetime", "datetime"}
    endings = {name for name in names if name.startswith(".")}
    names = names - endings | {moment + ending for moment in moments for ending in endings}
    names |= {f"to{kind}{end}" for kind in ("integer", "float", "boolean", "string") for end in ("ornull", "list")}
    assert names == set(FUNCTIONS) | set(AGGREGATES) | set(BUILT_IN)


@pytest.mark.parametrize("example", ["two-tabs.html", "guests.py"])
def test_the_first_page_shows_the_examples_that_tests_run(example: str) -> None:
    """tests/browser/test_examples.py runs them."""
    assert (ROOT / "site/examples" / example).read_text() in (ROOT / "docs/start.md").read_text()


def test_two_tabs_talk_in_ten_lines() -> None:
    assert len((ROOT / "site/examples/two-tabs.html").read_text().splitlines()) <= 10
