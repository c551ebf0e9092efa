"""`python -m tests.traces FILE...`: per file `ok` or `differs`, milliseconds, stored bytes; the last line sums up."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pypkg"))

from graphvine.errors import GraphvineError
from tests.traces.replay import read_trace, replay_trace


def main(paths: list[str]) -> int:
    """Replay the files; return the exit status."""
    if not paths:
        print("usage: python -m tests.traces FILE...", file=sys.stderr)
        return 2
    counts = {"ok": 0, "differs": 0, "error": 0}
    total_ms, total_bytes = 0.0, 0
    for path in paths:
        try:
            result = replay_trace(read_trace(Path(path)))
        except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError, GraphvineError) as error:
            counts["error"] += 1
            print(f"error    {path}: {type(error).__name__}: {error}")
            continue
        word = "ok" if result.is_ok else "differs"
        counts[word] += 1
        total_ms += result.wall_ms
        total_bytes += result.stored_bytes
        print(
            f"{word:8} {path}  {result.wall_ms:.0f} ms  {result.stored_bytes} bytes  "
            f"({result.transactions} transactions, opened in {result.load_ms:.1f} ms)",
            flush=True,
        )
    print(
        f"{counts['ok']} ok, {counts['differs']} differ, {counts['error']} failed, "
        f"{total_ms:.0f} ms, {total_bytes} stored bytes"
    )
    return 0 if counts["ok"] == len(paths) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
