"""Who did what after what: the parents of every event, run by run.

An event is one inserted or deleted element. It has two names: `(agent, seq)` everywhere, and here a *local number*:
the order in which this replica learned of it, so parents always have smaller numbers. Numbers never leave the replica.

A *version* is the set of events that somebody has seen, written as its heads. A number v is *critical* when every
later event was made by somebody who had seen v, and v's author had seen everything before: nothing across v is
concurrent, so no merge ever needs to look behind it.
"""

from __future__ import annotations

from bisect import bisect_right
from heapq import heapify, heappop, heappush

Heads = tuple[int, ...]
Range = tuple[int, int]

_ONLY_A = 1
_ONLY_B = 2
_BOTH = 3


class EventGraph:
    """Columns, one row per run.

    names, next_seq, last:  per agent: its name, its next sequence number, the number of its last event (or -1).
    agent_start, agent_of, agent_seq: runs of events of one agent with consecutive sequence numbers.
    starts, parents, solo:  runs in which each event follows the one before; parents of the first one; whether the
                            whole document had one head after the run.
    """

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self._agent_by_name: dict[bytes, int] = {}
        self.next_seq: list[int] = []
        self.last: list[int] = []
        self.agent_start: list[int] = []
        self.agent_of: list[int] = []
        self.agent_seq: list[int] = []
        self._rows_of: list[list[int]] = []
        self.starts: list[int] = []
        self.parents: list[Heads] = []
        self.solo: list[bool] = []
        self.heads: Heads = ()
        self.size = 0

    def copy(self) -> EventGraph:
        """Return a graph that grows on its own."""
        twin = EventGraph()
        twin.names, twin._agent_by_name = list(self.names), dict(self._agent_by_name)
        twin.next_seq, twin.last = list(self.next_seq), list(self.last)
        twin.agent_start, twin.agent_of = list(self.agent_start), list(self.agent_of)
        twin.agent_seq, twin._rows_of = list(self.agent_seq), [list(rows) for rows in self._rows_of]
        twin.starts, twin.parents, twin.solo = list(self.starts), list(self.parents), list(self.solo)
        twin.heads, twin.size = self.heads, self.size
        return twin

    # -- agents -------------------------------------------------------------------------------------------------------

    def agent(self, name: bytes) -> int:
        """Return the index of an agent, a new one if need be."""
        index = self._agent_by_name.get(name)
        if index is None:
            index = self._agent_by_name[name] = len(self.names)
            self.names.append(name)
            self.next_seq.append(0)
            self.last.append(-1)
            self._rows_of.append([])
        return index

    def known_agent(self, name: bytes) -> int | None:
        """Return the index of an agent, or None."""
        return self._agent_by_name.get(name)

    def follower(self, name: bytes, seq: int) -> int:
        """Return the agent whose next event is `seq`, if it made the last event and that is the only head; else -1."""
        agent = self._agent_by_name.get(name, -1)
        if agent < 0 or self.next_seq[agent] != seq or self.last[agent] != self.size - 1 or len(self.heads) != 1:
            return -1
        return agent

    def number(self, agent: int, seq: int) -> int:
        """Return the local number of an event that is known (`seq < next_seq[agent]`)."""
        rows = self._rows_of[agent]
        row = rows[bisect_right(rows, seq, key=self.agent_seq.__getitem__) - 1]
        return self.agent_start[row] + seq - self.agent_seq[row]

    def name_of(self, number: int) -> tuple[int, int]:
        """Return agent index and sequence number of an event."""
        row = bisect_right(self.agent_start, number) - 1
        return self.agent_of[row], self.agent_seq[row] + number - self.agent_start[row]

    def events_of(self, agent: int, seq: int) -> list[Range]:
        """Return the events of an agent from a sequence number on, as ascending ranges."""
        rows = self._rows_of[agent]
        first = max(bisect_right(rows, seq, key=self.agent_seq.__getitem__) - 1, 0)
        ranges = []
        for row in rows[first:]:
            end = self.agent_start[row + 1] if row + 1 < len(self.agent_start) else self.size
            start = self.agent_start[row] + max(seq - self.agent_seq[row], 0)
            if start < end:
                ranges.append((start, end))
        return ranges

    def agent_runs(self, start: int, end: int) -> list[tuple[int, int, int, int]]:
        """Return (start, end, agent, seq) for each run of one agent within the range."""
        row = bisect_right(self.agent_start, start) - 1
        runs = []
        while start < end:
            stop = min(end, self.agent_start[row + 1] if row + 1 < len(self.agent_start) else self.size)
            runs.append((start, stop, self.agent_of[row], self.agent_seq[row] + start - self.agent_start[row]))
            start = stop
            row += 1
        return runs

    # -- growing ------------------------------------------------------------------------------------------------------

    def add(self, agent: int, count: int, parents: Heads) -> int:
        """Add the next `count` events of an agent, each after the one before; return the number of the first.

        parents: minimal heads of the version that the first one was made in, ascending.
        """
        start = self.size
        if not (self.agent_of and self.agent_of[-1] == agent):
            self._rows_of[agent].append(len(self.agent_start))
            self.agent_start.append(start)
            self.agent_of.append(agent)
            self.agent_seq.append(self.next_seq[agent])
        end = self.size = start + count
        self.next_seq[agent] += count
        self.last[agent] = end - 1
        if parents == self.heads:
            self.heads = (end - 1,)
            if parents == (start - 1,) and self.starts:
                return start
        else:
            seen = set(parents)
            self.heads = (*(head for head in self.heads if head not in seen), end - 1)
        self.starts.append(start)
        self.parents.append(parents)
        self.solo.append(len(self.heads) == 1)
        return start

    def extend(self, agent: int, count: int) -> None:
        """Add the next `count` events of the agent who made the last event, which is the only head: it goes on."""
        if not self.starts:  # what it goes on from is packed
            self.add(agent, count, self.heads)
            return
        end = self.size = self.size + count
        self.next_seq[agent] += count
        self.last[agent] = end - 1
        self.heads = (end - 1,)

    def prepend(self, past: EventGraph) -> None:
        """Put the events of another graph first. It knows the first of our agents, and ours start where it ends."""
        shift = len(past.agent_start)
        self._rows_of = [
            (past._rows_of[agent] if agent < len(past.names) else []) + [row + shift for row in rows]
            for agent, rows in enumerate(self._rows_of)
        ]
        self.agent_start[:0] = past.agent_start
        self.agent_of[:0] = past.agent_of
        self.agent_seq[:0] = past.agent_seq
        self.starts[:0] = past.starts
        self.parents[:0] = past.parents
        self.solo[:0] = past.solo

    # -- asking -------------------------------------------------------------------------------------------------------

    def run_of(self, number: int) -> int:
        """Return the row of the run that holds an event."""
        return bisect_right(self.starts, number) - 1

    def difference(self, a: Heads, b: Heads) -> tuple[list[Range], list[Range]]:
        """Return the events of version `a` that `b` lacks and the reverse, as descending ranges."""
        if len(a) == len(b) == 1 and self.run_of(a[0]) == self.run_of(b[0]):
            low, high = a[0] + 1, b[0] + 1
            return ([], [(low, high)]) if low < high else ([(high, low)], [])
        starts, all_parents = self.starts, self.parents
        only: tuple[list[Range], ...] = ([], [], [])
        # One integer per entry, number and flag, because comparing integers is what a heap does all day.
        queue = [-(number << 2 | _ONLY_A) for number in a] + [-(number << 2 | _ONLY_B) for number in b]
        heapify(queue)
        undecided = len(queue)
        while undecided:
            entry = -heappop(queue)
            number, flag = entry >> 2, entry & 3
            undecided -= flag != _BOTH
            row = bisect_right(starts, number) - 1
            start = starts[row]
            while queue and -queue[0] >> 2 >= start:
                entry = -heappop(queue)
                undecided -= entry & 3 != _BOTH
                if entry & 3 | flag != flag:
                    if number > entry >> 2:
                        only[flag].append(((entry >> 2) + 1, number + 1))
                    number = entry >> 2
                    flag |= entry & 3
            parents = all_parents[row]
            if flag != _BOTH:
                only[flag].append((start, number + 1))
                undecided += len(parents)
            for parent in parents:
                heappush(queue, -(parent << 2 | flag))
        return only[_ONLY_A], only[_ONLY_B]

    def contains(self, heads: Heads, number: int) -> bool:
        """Whether an event belongs to a version."""
        if number in heads:
            return True
        heads = tuple(head for head in heads if head > number)
        return bool(heads) and not self.difference((number,), heads)[0]

    def minimal(self, numbers: list[int]) -> Heads:
        """Return the heads of the smallest version that holds all these events, ascending."""
        if len(numbers) < 2:
            return tuple(numbers)
        # One walk back from all of them: whatever is met on the way from another one is no head.
        heads: list[int] = []
        queue = [-(number << 1 | 1) for number in numbers]
        heapify(queue)
        undecided = len(queue)
        while undecided:
            entry = -heappop(queue)
            number = entry >> 1
            row = bisect_right(self.starts, number) - 1
            undecided -= entry & 1
            is_met = not entry & 1
            while queue and -queue[0] >> 1 == number:
                other = -heappop(queue)
                undecided -= other & 1
                is_met = is_met or not other & 1
            if not is_met:
                heads.append(number)
            while queue and -queue[0] >> 1 >= self.starts[row]:
                undecided -= -heappop(queue) & 1
            for parent in self.parents[row]:
                heappush(queue, -(parent << 1))
        return tuple(reversed(heads))

    def ancestors(self, heads: Heads) -> list[Range]:
        """Return every event of a version as ascending ranges."""
        return self.difference(heads, ())[0][::-1]

    def last_critical(self, limit: int) -> int:
        """Return the largest critical number that is not over `limit`, or -1: the empty document."""
        floor = min(limit, self.size - 1)
        for row in range(len(self.starts) - 1, -1, -1):
            if self.starts[row] <= floor and self.solo[row]:
                return floor
            floor = min((floor, *self.parents[row])) if self.parents[row] else -1
        return -1

    def pieces(self, ranges: list[Range]) -> list[tuple[int, int, Heads]]:
        """Return ascending ranges cut at the ends of runs, each with the parents of its first event."""
        result = []
        for start, end in ranges:
            row = self.run_of(start)
            while start < end:
                stop = min(end, self.starts[row + 1] if row + 1 < len(self.starts) else self.size)
                parents = self.parents[row] if self.starts[row] == start else (start - 1,)
                result.append((start, stop, parents))
                start = stop
                row += 1
        return result
