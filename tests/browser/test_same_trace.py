"""One seed, one trace: a simulated network lives through the very same deliveries on CPython and in Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import ROOT, StaticServer
from tests.browser.graph_page import GraphPage

SEEDS = (1, 7, 2026)


@pytest.fixture(scope="module")
def native_traces() -> list[str]:
    """What CPython gives, under a hash seed of its own choice."""
    code = f"from graphvine.testing.world import trace_of\nfor seed in {SEEDS}: print(trace_of(seed))"
    path = {"PYTHONPATH": str(ROOT / "pypkg"), "PYTHONHASHSEED": "12345"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | path, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("thread", ["worker", "main"])
def test_one_seed_gives_one_trace_here_and_in_a_tab(
    site_server: StaticServer, make_context: Callable[..., BrowserContext], native_traces: list[str], thread: str
) -> None:
    page = GraphPage(make_context(), site_server.url(), "trace", thread=thread)
    in_tab = [page.run(f"from graphvine.testing.world import trace_of\ntrace_of({seed})") for seed in SEEDS]
    assert in_tab == native_traces
    assert len(set(in_tab)) == len(SEEDS)
    assert all(trace.endswith(" converged") for trace in in_tab)
