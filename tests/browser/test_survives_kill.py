"""SIGKILL to the whole browser at a random moment of a commit, a compaction, an import, a format upgrade.

`./build.sh crash [N]` kills N times in each (13 without N: 52 in all); the suite only a few times. `--seed` picks other moments.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.crashes import STORIES, Killed, Story


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the browser's process in /proc")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_nothing_acknowledged_is_lost_and_nothing_half_applied_is_seen(
    browser: Browser,
    chromium_path: str,
    lab_url: str,
    tmp_path: Path,
    story: Story,
    rng: random.Random,
    request: pytest.FixtureRequest,
) -> None:
    killed = Killed(browser, chromium_path, lab_url, tmp_path, rng)
    killed.life(story, 0, is_killed=False)
    kills, lives = request.config.getoption("--kills"), 0
    while killed.in_the_middle < kills:  # a kill that came when the work was over shows little
        lives += 1
        assert lives <= 3 * kills + 3, killed.report
        killed.life(story, lives, is_killed=True)
    killed.last_check()
    print("\n" + "\n".join(killed.report))
    assert len(killed.promised) > 100
