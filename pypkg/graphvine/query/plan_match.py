"""Plans MATCH: from where to start, which edge to follow next, and when each condition can be tested.

Greedy: always the step that is expected to give the fewest rows. Estimates come from the counts that the graph keeps.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from graphvine.query.compile_expressions import Compiler
from graphvine.query.fault import syntax
from graphvine.query.indexes import PropertyIndexes
from graphvine.query.parts import Part, parts_of
from graphvine.query.plan_counts import Counts
from graphvine.query.plan_labels import takes_labels
from graphvine.query.plan_meet import Link, could_be_one, meet
from graphvine.query.plan_order import SortedProperty
from graphvine.query.plan_seeks import Condition, Seek, conjuncts, edge_seeks, label_scan, seeks
from graphvine.query.readers import Reader, reader
from graphvine.query.steps.expands import (
    EdgeTest,
    Expand,
    ExpandInto,
    ExpandVariable,
    edges_between,
    neighbours,
)
from graphvine.query.steps.flow import Filter
from graphvine.query.steps.joins import JoinScan
from graphvine.query.steps.known import KnownEdge, KnownEdges, MakeTrail
from graphvine.query.steps.scans import EdgeScan, Scan
from graphvine.query.steps.shortest import ShortestPath
from graphvine.query.steps.step import Argument, Step
from graphvine.query.steps.subplans import SemiApply
from graphvine.query.tree import (
    Compare,
    EdgePattern,
    Expr,
    HasLabels,
    MapOf,
    PathPattern,
    PatternTest,
    PropertyOf,
    Subquery,
    Unary,
    Variable,
    VertexPattern,
)
from graphvine.query.values import Row
from graphvine.query.walk import descend, slots

# Makes a plan. Gives None at each chance to pause.
Steps = Generator[None, None, Step]
# What a condition is thought to keep of its rows.
KEEPS = 0.3
# So many rows are sorted rather than found in order.
FEW = 100
# Vertices and edges of one MATCH, and conditions on them: the choice of each step looks at all that is left.
MAX_PARTS = 300
MAX_CONDITIONS = 1_000


class MatchPlanner:
    """Plans the patterns of one MATCH on top of a step.

    seeded: slots that the outer row fills beforehand. wanted: the order in which the first rows are asked for.
    """

    def __init__(
        self,
        patterns: list[PathPattern],
        test: Expr | None,
        compiler: Compiler,
        graph: Any,
        indexes: PropertyIndexes,
        seeded: frozenset[int] = frozenset(),
        wanted: SortedProperty | None = None,
    ) -> None:
        self.patterns = patterns
        self.test = test
        self.compiler = compiler
        self.graph = graph
        self.counts = Counts(graph)
        self.indexes = indexes
        self.wanted = wanted
        self.labels: dict[int, list[str]] = {}
        self.links: list[Link] = []
        self.known: set[int] = set(seeded)
        self.declared: set[int] = set()
        self.names: dict[int, str] = {}
        self.conditions: list[Condition] = []
        self.about: dict[int, list[Condition]] = {}
        self._starts: dict[int, tuple[float, Seek]] = {}

    def _prepare(self) -> Generator[None, None, None]:
        """Look at all patterns and conditions."""
        patterns = self.patterns
        if sum(len(pattern.edges) + len(pattern.vertices) for pattern in patterns) > MAX_PARTS:
            message = f"One MATCH has at most {MAX_PARTS} vertices and edges. Split it, with WITH in between."
            raise syntax("UnexpectedSyntax", message, patterns[-1].at)
        for pattern in patterns:
            self._collect(pattern)
        for pattern in patterns:
            for part in pattern.parts():
                self._add_part_conditions(part)
                yield
        for expr in conjuncts(self.test):
            self._add_condition(expr)
            yield
        if len(self.conditions) > MAX_CONDITIONS:
            message = f"One MATCH has at most {MAX_CONDITIONS:,} conditions. Give long lists as a parameter, with IN."
            raise syntax("UnexpectedSyntax", message, self.conditions[MAX_CONDITIONS].expression.at)

    def _collect(self, pattern: PathPattern) -> None:
        for part in pattern.parts():
            if part.is_bound and part.slot not in self.declared:
                self.known.add(part.slot)
            elif part.slot not in self.known:
                self.declared.add(part.slot)
            self.names[part.slot] = part.variable or ""
            if isinstance(part, VertexPattern):
                self.labels.setdefault(part.slot, []).extend(part.labels)
        self.declared.add(pattern.slot)
        for number, edge in enumerate(pattern.edges):
            left, right = pattern.vertices[number].slot, pattern.vertices[number + 1].slot
            self.links.append(Link(edge, left, right, pattern))

    # -- conditions ---------------------------------------------------------------------------------------------------

    def _add_part_conditions(self, part: VertexPattern | EdgePattern) -> None:
        variable = Variable(part.variable or "", part.slot, at=part.at)
        if isinstance(part, VertexPattern) and part.labels:
            self._add_condition(HasLabels(variable, part.labels, at=part.at))
        is_single = isinstance(part, VertexPattern) or part.length is None
        if is_single and isinstance(part.properties, MapOf):
            for name, value in part.properties.entries:
                same = Compare(PropertyOf(variable, name, at=part.at), [("=", value)], at=part.at)
                self._add_condition(same)
        if part.test is not None:
            for expr in conjuncts(part.test):
                self._add_condition(expr)

    def _add_condition(self, expr: Expr) -> None:
        read = frozenset(slots(expr))
        is_plain = not any(isinstance(part, (Subquery, PatternTest)) for part in descend(expr))
        condition = Condition(expr, read & (self.declared | self.known), read, is_plain)
        self.conditions.append(condition)
        for slot in read:
            self.about.setdefault(slot, []).append(condition)

    def _filtered(self, step: Step) -> Steps:
        """Put every condition that can be tested now on top of a step."""
        for condition in self.conditions:
            if not condition.is_done and condition.needs <= self.known:
                condition.is_done = True
                if not takes_labels(step, condition.expression):
                    step = yield from self._tested(step, condition.expression)
                    yield
        return step

    def _tested(self, step: Step, expr: Expr) -> Steps:
        about = {"estimate": step.estimate * KEEPS}
        is_negated = isinstance(expr, Unary) and expr.operator == "NOT"
        inner = expr.operand if isinstance(expr, Unary) and is_negated else expr
        if isinstance(inner, PatternTest):
            plan = yield from self.compiler.planner.matching([inner.pattern], None, Argument())
            return SemiApply(step, plan, is_negated=is_negated, **about)
        if isinstance(inner, Subquery) and inner.kind == "EXISTS":
            plan, _ = yield from self.compiler.planner.planning(inner.query)
            return SemiApply(step, plan, is_negated=is_negated, **about)
        return Filter(step, reader(expr, self.compiler), expr.at, **about)

    # -- order --------------------------------------------------------------------------------------------------------

    def planning(self, step: Step) -> Steps:
        """Return, in steps, the plan on top of `step`."""
        yield from self._prepare()
        step = yield from self._filtered(step)
        while True:
            yield
            link = self._cheapest_link()
            found = self._cheapest_start(step) if link is None else meet(self, step, link) or self._follow(step, link)
            if found is None:
                break
            step = yield from self._filtered(found)
        for pattern in self.patterns:
            if pattern.variable is not None and not pattern.kind:
                step = MakeTrail(step, pattern.slot, trail_parts(pattern), details=pattern.variable)
            self.known.add(pattern.slot)
            step = yield from self._filtered(step)
        return step

    def _cheapest_link(self) -> Link | None:
        """Return the edge to follow next: one that starts at something known."""
        best, best_cost = None, 0.0
        for link in self.links:
            if link.is_done:
                continue
            cost = self._link_cost(link)
            if cost is not None and (best is None or cost < best_cost):
                best, best_cost = link, cost
        return best

    def _link_cost(self, link: Link) -> float | None:
        ends = (link.left in self.known) + (link.right in self.known)
        if link.edge.slot in self.known:
            return 0.1 if link.edge.length is None or ends else None
        if link.path.kind:
            return 50.0 if ends == 2 else None
        if not ends:
            return None
        fan_out = self.counts.fan_out(link.edge)
        if link.edge.length is not None:
            return 100.0 + fan_out if ends == 1 else 40.0 + fan_out
        return min(fan_out, 1.0) * 0.5 if ends == 2 else fan_out * self._share(link)

    def _share(self, link: Link) -> float:
        """Return which share of the edges ends where the labels allow."""
        end = link.right if link.left in self.known else link.left
        return self.counts.share(self.labels[end])

    # -- starts -------------------------------------------------------------------------------------------------------

    def _cheapest_start(self, step: Step) -> Step | None:
        """Return a step that finds one more vertex (or edge with both ends), None when all are found."""
        best: tuple[float, int, Seek] | None = None
        for slot in self.labels:
            if slot in self.known:
                continue
            rows, option = self._start(slot)
            if best is None or rows < best[0]:
                best = (rows, slot, option)
        if best is None:
            return None
        slot, seek = best[1:]
        ordered = self._in_order() if isinstance(step, Argument) and seek.rows > FEW else None
        if ordered is not None:
            slot, seek = ordered
        else:
            scanned = self._edge_seek(step, seek.rows) or self._edge_scan(step, seek.rows)
            if scanned is not None:
                return scanned
        if seek.meets is not None:
            seek.meets.is_done = True
        rows = seek.rows
        if seek.label is not None:
            self._tick_off(slot, seek.label)
        details = f"({self.names[slot]}{seek.details})" if seek.details[:1] == ":" else f"({self.names[slot]})"
        if not isinstance(step, Argument) and seek.name in ("LabelScan", "LabelUnionScan", "AllVertices"):
            return self._join(step, slot, seek, details)
        self.known.add(slot)
        label = seek.label if seek.name == "LabelScan" else None
        about = {"details": details, "estimate": step.estimate * rows, "label": label, "span": seek.span}
        return Scan(step, seek.name, slot, seek.source, **about)

    def _start(self, slot: int) -> tuple[float, Seek]:
        """Return the best way to find the vertices of a slot, and the rows that are left of it."""
        known = self._starts.get(slot)
        if known is not None:
            return known
        about = self.about.get(slot, [])
        options = seeks(slot, self.labels[slot], about, self.known, self.compiler, self.graph, self.indexes)
        option = min(options, key=lambda seek: seek.rows)
        found = option.rows * KEEPS ** len(self._local(slot)), option
        if all(condition.slots == {slot} for condition in about):  # whatever else gets known, this stays as it is
            self._starts[slot] = found
        return found

    def _in_order(self) -> tuple[int, Seek] | None:
        """Return the scan that an index can give in the order which is asked for, with LIMIT, next."""
        wanted = self.wanted
        if wanted is None or wanted.slot in self.known or wanted.slot not in self.labels:
            return None
        for index in self.indexes.declared():
            if index.entity == "vertex" and index.property == wanted.name and index.label in self.labels[wanted.slot]:
                return wanted.slot, label_scan(index.label, self.graph)
        return None

    def _local(self, slot: int) -> list[Condition]:
        """Return the conditions left that look at the vertex of a slot and at nothing else."""
        about = self.about.get(slot, [])
        return [each for each in about if each.is_plain and not each.is_done and each.slots == {slot}]

    def _join(self, step: Step, slot: int, seek: Seek, details: str) -> Step:
        """Join the rows with a scan that is read once."""
        tests = []
        for condition in self._local(slot):
            condition.is_done = True
            tests.append(Part(condition.expression, self.compiler))
        match = self._equality(slot)
        self.known.add(slot)
        estimate = step.estimate * seek.rows * (0.01 if match else 1) * KEEPS ** len(tests)
        return JoinScan(step, slot, seek.source, tests, match=match, details=details, estimate=estimate)

    def _equality(self, slot: int) -> tuple[Part, Part] | None:
        """Return what must be equal of the vertex and of the rows so far."""
        names = self.known | self.declared
        for condition in self.about.get(slot, []):
            expr = condition.expression
            if condition.is_done or not isinstance(expr, Compare) or [sign for sign, _ in expr.rest] != ["="]:
                continue
            left, right = expr.first, expr.rest[0][1]
            for own, other in ((left, right), (right, left)):
                if slots(own) == {slot} and slots(other) & names <= self.known:
                    return Part(own, self.compiler), Part(other, self.compiler)
        return None

    def _tick_off(self, slot: int, label: str) -> None:
        """Forget a condition that a scan of the label meets already."""
        for condition in self.about.get(slot, []):
            expr = condition.expression
            if isinstance(expr, HasLabels) and isinstance(expr.operand, Variable) and expr.operand.slot == slot:
                condition.is_done = condition.is_done or expr.labels == [label]

    def _edge_scan(self, step: Step, rows: float) -> Step | None:
        """Return a scan of all edges of a type where that is cheaper than any way to start from a vertex."""
        for link in self.links:
            if not self._can_scan(link):
                continue
            count = self.counts.edges(link.edge) * (2 if link.edge.direction == 0 else 1)
            labels = [*self.labels[link.left], *self.labels[link.right]]
            if count > rows + min(count, rows * self.counts.fan_out(link.edge)) or labels and count > rows:
                continue
            return self._edges_from(step, link, count, self.shown(link))
        return None

    def _edge_seek(self, step: Step, rows: float) -> Step | None:
        """Return a look-up of edges in an index where that is cheaper than any way to start from a vertex."""
        best: tuple[Seek, Link] | None = None
        for link in self.links:
            if self._can_scan(link):
                slot, about = link.edge.slot, self.about.get(link.edge.slot, [])
                options = edge_seeks(slot, link.edge.types, about, self.known, self.compiler, self.indexes)
                for seek in options:
                    if seek.rows < rows and (best is None or seek.rows < best[0].rows):
                        best = seek, link
        if best is None:
            return None
        seek, link = best
        return self._edges_from(step, link, seek.rows, f"{self.shown(link)}{seek.details}", seek.source)

    def _edges_from(self, step: Step, link: Link, rows: float, details: str, source: Any = None) -> Step:
        link.is_done = True
        ends = (link.left, link.edge.slot, link.right)
        self.known.update(ends)
        types, estimate = tuple(link.edge.types), step.estimate * rows
        scan = EdgeScan(step, ends, types, link.edge.direction, details=details, estimate=estimate, source=source)
        return self._different(scan, link)

    def _can_scan(self, link: Link) -> bool:
        ends = {link.left, link.right}
        return (
            not link.is_done
            and link.edge.length is None
            and not link.path.kind
            and len(ends) == 2
            and not ends & self.known
            and link.edge.slot not in self.known
        )

    def _different(self, step: Step, link: Link) -> Step:
        """Keep a scanned edge different from the edges found before."""
        others = self.others(link)
        if not others:
            return step
        slot = link.edge.slot

        def test(row: Row) -> bool:
            return not any(row[other] is row[slot] or _holds(row[other], row[slot]) for other in others)

        return Filter(step, Reader(test, [slot, *others]), link.edge.at, details="edges differ", estimate=step.estimate)

    # -- edges --------------------------------------------------------------------------------------------------------

    def others(self, link: Link) -> tuple[int, ...]:
        """Return the slots of the other edges of this MATCH that are known and could be the same edge."""
        return tuple(
            other.edge.slot
            for other in self.links
            if other is not link
            and (other.is_done or other.edge.slot in self.known)
            and other.edge.slot != link.edge.slot
            and could_be_one(other.edge, link.edge)
        )

    def shown(self, link: Link) -> str:
        """Return how EXPLAIN shows a link."""
        edge = link.edge
        length = "" if edge.length is None else f"*{edge.length[0]}..{'' if edge.length[1] is None else edge.length[1]}"
        types = ":" + "|".join(edge.types) if edge.types else ""
        left, right = "<" if edge.direction < 0 else "", ">" if edge.direction > 0 else ""
        inside = f"[{edge.variable or ''}{types}{length}]"
        return f"({self.names[link.left]}){left}-{inside}-{right}({self.names[link.right]})"

    def _follow(self, step: Step, link: Link) -> Step:
        others = self.others(link)
        link.is_done = True
        edge = link.edge
        known = (link.left in self.known, link.right in self.known)
        about: dict[str, Any] = {
            "details": self.shown(link),
            "estimate": step.estimate * max(self.counts.fan_out(edge), 0.1),
            "at": edge.at,
        }
        if edge.slot in self.known:
            step = self._take_known(step, link, known, about)
        elif link.path.kind:
            step = self._shortest(step, link, others, about)
        elif edge.length is not None:
            step = self._variable(step, link, known, others, about)
        else:
            step = self._single(step, link, known, others, about)
        self.known |= {link.left, edge.slot, link.right}
        return step

    def _take_known(self, step: Step, link: Link, known: tuple[bool, bool], about: dict[str, Any]) -> Step:
        ends, types = (link.left, link.edge.slot, link.right), tuple(link.edge.types)
        direction = link.edge.direction
        if link.edge.length is None:
            return KnownEdge(step, ends, types, direction, known=known, **about)
        lengths = link.edge.length
        return KnownEdges(step, ends, types, direction=direction, known=known, lengths=lengths, **about)

    def _single(
        self, step: Step, link: Link, known: tuple[bool, bool], others: tuple[int, ...], about: dict[str, Any]
    ) -> Step:
        types, direction = tuple(link.edge.types), link.edge.direction
        left, slot, right = link.left, link.edge.slot, link.right
        if all(known):
            return ExpandInto(step, (left, slot, right), edges_between(types, direction), others, **about)
        if left == right:
            raise AssertionError("a loop has both ends known or none")
        if known[0]:
            return Expand(step, (left, slot, right), (types, direction), others, **about)
        return Expand(step, (right, slot, left), (types, -direction), others, **about)

    def _variable(
        self, step: Step, link: Link, known: tuple[bool, bool], others: tuple[int, ...], about: dict[str, Any]
    ) -> Step:
        types, direction = tuple(link.edge.types), link.edge.direction
        is_reversed = not known[0]
        ends = (link.left, link.edge.slot, link.right)
        if is_reversed:
            ends, direction = ends[::-1], -direction
        length = link.edge.length
        assert length is not None, "only called for variable length"
        return ExpandVariable(
            step, ends, neighbours(types, direction), length, others,
            test=self._edge_test(link.edge), end_is_known=all(known), is_reversed=is_reversed, **about,
        )  # fmt: skip

    def _shortest(self, step: Step, link: Link, others: tuple[int, ...], about: dict[str, Any]) -> Step:
        edge, types = link.edge, tuple(link.edge.types)
        find = (neighbours(types, edge.direction), neighbours(types, -edge.direction))
        self.known |= {edge.slot, link.path.slot}
        accept = self._path_conditions()
        return ShortestPath(
            step, (link.left, edge.slot, link.right, link.path.slot), find,
            lengths=edge.length or (1, 1), is_all=link.path.kind == "ALLSHORTEST", is_list=edge.length is not None,
            test=self._edge_test(edge), accept=accept, others=others, **about,
        )  # fmt: skip

    def _path_conditions(self) -> list[Part]:
        """Take the conditions about the path itself: the search must find the shortest path that they accept."""
        ready = [condition for condition in self.conditions if not condition.is_done and condition.needs <= self.known]
        for condition in ready:
            condition.is_done = True
        return parts_of([condition.expression for condition in ready], self.compiler)

    def _edge_test(self, edge: EdgePattern) -> EdgeTest | None:
        """Return the test of each edge of a path: its properties."""
        if not isinstance(edge.properties, MapOf) or not edge.properties.entries:
            return None
        return EdgeTest([(name, Part(value, self.compiler)) for name, value in edge.properties.entries])


def _holds(value: Any, edge: Any) -> bool:
    return type(value) is list and edge in value


def trail_parts(pattern: PathPattern) -> list[int]:
    """Return the slots of vertex, edge, vertex ... of a pattern."""
    return list(_trail_parts(pattern))


def _trail_parts(pattern: PathPattern) -> Iterator[int]:
    yield pattern.vertices[0].slot
    for edge, vertex in zip(pattern.edges, pattern.vertices[1:], strict=True):
        yield edge.slot
        yield vertex.slot
