"""Patterns that close a circle: two edges that lead from known vertices to the same new one are followed at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphvine.query.steps.expands import degree, edges_between, neighbours
from graphvine.query.steps.intersect import ExpandIntersect
from graphvine.query.steps.remembered import Side
from graphvine.query.steps.step import Step
from graphvine.query.tree import EdgePattern, PathPattern

if TYPE_CHECKING:
    from graphvine.query.plan_match import MatchPlanner


@dataclass(slots=True)
class Link:
    """An edge pattern between two slots."""

    edge: EdgePattern
    left: int
    right: int
    path: PathPattern
    is_done: bool = False


def could_be_one(edge: EdgePattern, other: EdgePattern) -> bool:
    """Tell whether two patterns could match one and the same edge."""
    return not edge.types or not other.types or not set(edge.types).isdisjoint(other.types)


def meet(planner: MatchPlanner, step: Step, link: Link) -> Step | None:
    """Follow a link together with another one that leads to the same new vertex, where there is one."""
    end = link.right if link.left in planner.known else link.left
    if not _leads_to(planner, link, end):
        return None
    partner = next((other for other in planner.links if other is not link and _leads_to(planner, other, end)), None)
    if partner is None:
        return None
    both = (link, partner)
    others = {slot for each in both for slot in planner.others(each)}
    details = ", ".join(planner.shown(each) for each in both)
    estimate = step.estimate * max(planner.counts.fan_out(link.edge) * 0.1, 0.1)
    sides = (_side(link, end), _side(partner, end))
    for each in both:
        each.is_done = True
        planner.known |= {each.left, each.edge.slot, each.right}
    may_be_one = could_be_one(link.edge, partner.edge)
    starts = {each.right if each.left == end else each.left for each in both}
    has_loose = any(_is_loose(other, starts) for other in planner.links if other.edge.slot in others)
    about = {"may_be_one": may_be_one, "has_loose": has_loose, "details": details, "estimate": estimate}
    return ExpandIntersect(step, end, sides, tuple(sorted(others)), at=link.edge.at, **about)


def _is_loose(link: Link, starts: set[int]) -> bool:
    """Tell whether a link may hold an edge with another end than the two vertices in `starts`."""
    return {link.left, link.right} != starts or link.edge.length is not None


def _leads_to(planner: MatchPlanner, link: Link, end: int) -> bool:
    """Tell whether a link is one single edge from a known vertex to the new one in slot `end`."""
    ends = {link.left, link.right}
    if link.is_done or link.edge.length is not None or link.path.kind or link.edge.slot in planner.known:
        return False
    return len(ends) == 2 and end in ends and end not in planner.known and ends - {end} <= planner.known


def _side(link: Link, end: int) -> Side:
    """Return how to follow a link to the slot `end`."""
    start, direction = link.left, link.edge.direction
    if start == end:
        start, direction = link.right, -direction
    way = (tuple(link.edge.types), direction)
    return Side(start, link.edge.slot, way, neighbours(*way), degree(*way), edges_between(*way))
