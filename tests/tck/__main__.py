"""``python -m tests.tck --features DIR``: passed, failed and skipped per file and in total; exit 1 when any failed."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections import Counter
from pathlib import Path

from tests.tck.gherkin import Scenario, read_feature
from tests.tck.runner import Failed, ScenarioRun

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "tck" / "features"


def graphs_for(features: Path) -> Path:
    """Return the folder of named graphs: next to the features, or above them, or the kit's own."""
    for folder in (features, *features.resolve().parents):
        if (folder / "graphs").is_dir():
            return folder / "graphs"
    return DEFAULT.parent / "graphs"


def run_scenario(scenario: Scenario, graphs: Path) -> tuple[str, str]:
    """Return passed or failed, and why. (Nothing is skipped: every scenario has a meaning here.)"""
    try:
        ScenarioRun(graphs).run(scenario)
    except Failed as reason:
        return "failed", str(reason)
    except Exception:  # a crash of the engine is a failure of this scenario, not of the run
        return "failed", traceback.format_exc(limit=-4)
    return "passed", ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tck")
    parser.add_argument("--features", type=Path, default=DEFAULT, help="a folder of .feature files")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what is wrong with each failed scenario")
    parser.add_argument("--only", default="", help="only scenarios whose file or name contains this text")
    options = parser.parse_args()
    if not options.features.exists():
        print(f"{options.features} is not here: nothing to run")
        print("0 passed, 0 failed, 0 skipped")
        return 0 if options.features == DEFAULT else 1
    files = sorted(options.features.rglob("*.feature")) if options.features.is_dir() else [options.features]
    graphs, total = graphs_for(options.features), Counter[str]()
    for file in files:
        tally = Counter[str]()
        try:
            scenarios = read_feature(file)
        except Exception:  # a file that can't be read is a failure, and the others still run
            scenarios = []
            tally["failed"] += 1
            print(f"failed: {file.stem} can't be read\n    {traceback.format_exc(limit=-2)}")
        for scenario in scenarios:
            if options.only and options.only not in f"{file.stem} {scenario.name}":
                continue
            outcome, why = run_scenario(scenario, graphs)
            tally[outcome] += 1
            if options.verbose and outcome != "passed":
                print(f"{outcome}: {file.stem}:{scenario.line} {scenario.name}\n    {why}")
        total += tally
        if tally:
            print(f"{file.stem}: {tally['passed']} passed, {tally['failed']} failed, {tally['skipped']} skipped")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
