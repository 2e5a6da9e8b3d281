"""Draws how rows go from state to state, from the tables of `calguard.lifecycle`: `{lives} submission`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import chain, pairwise

import django
from django.apps import apps
from docutils import nodes
from grandalf.graphs import Edge, Graph, Vertex
from grandalf.layouts import SugiyamaLayout
from grandalf.routing import EdgeViewer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDE, HIGH = 104, 32  # of a state's box, in pixels, as all that follows
ACROSS, DOWN = 74, 26  # between two boxes
EDGE = 16
MARK = 9  # radius of the circle that numbers a way
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Way:
    number: int
    before: str
    after: str
    by: str


@dataclass(kw_only=True)
class Box:
    """A state as the layout sees it, lying on its side: it draws downwards, and we to the right."""

    w: float
    h: float
    xy: Point = (0.0, 0.0)


def layout(ways: Sequence[Way]) -> tuple[dict[str, Point], dict[int, list[Point]]]:
    """The middle of each state's box, and by number the points each way passes on its road around the boxes."""
    left = {way.before for way in ways}
    met = dict.fromkeys(state for way in ways for state in (way.before, way.after))
    order = sorted(met, key=lambda state: state not in left)  # what is never left comes last
    vertices = {state: Vertex(state) for state in order}
    for state, vertex in vertices.items():
        vertex.view = Box(w=HIGH, h=WIDE) if state else Box(w=12, h=12)
    edges = [Edge(vertices[way.before], vertices[way.after], data=way.number) for way in ways]
    for edge in edges:
        edge.view = EdgeViewer()
    drawn = SugiyamaLayout(Graph(list(vertices.values()), edges).C[0])
    drawn.yspace, drawn.xspace = ACROSS, DOWN
    back = [edge for edge in edges if order.index(edge.v[0].data) > order.index(edge.v[1].data)]
    drawn.init_all(roots=[vertices[order[0]]], inverted_edges=back)
    drawn.draw(6)
    at = {state: (vertex.view.xy[1], vertex.view.xy[0]) for state, vertex in vertices.items()}
    roads = {edge.data: [(y, x) for x, y in edge.view._pts] for edge in edges}
    everywhere = [*at.values(), *chain.from_iterable(roads.values())]
    least_x = min(x for x, _ in everywhere) - EDGE
    least_y = min(y for _, y in everywhere) - EDGE - HIGH / 2

    def moved(point: Point) -> Point:
        return point[0] - least_x, point[1] - least_y

    return (
        {state: moved(point) for state, point in at.items()},
        {number: [moved(point) for point in road] for number, road in roads.items()},
    )


def svg(name: str, ways: Sequence[Way], texts: Mapping[str, str]) -> str:
    """The picture; its words are in the table beside it."""
    at, roads = layout(ways)
    final = set(at) - {way.before for way in ways}
    doubled = {(way.after, way.before) for way in ways}
    paths, marks = [], []
    for way in ways:
        aside = 7 if (way.before, way.after) in doubled else 0  # there and back are two lines
        begin, end, points = at[way.before], at[way.after], roads[way.number][1:-1]
        line, (x, y) = _line(begin, end, points, aside, start=not way.before)
        paths.append(f'<path d="{line}" marker-end="url(#{name}-end)"/>')
        marks.append(
            f'<g><circle cx="{x:.0f}" cy="{y:.0f}" r="{MARK}"/>'
            f'<text x="{x:.0f}" y="{y + 3.5:.0f}" class="n">{way.number}</text></g>'
        )
    boxes = [_box(state, x, y, texts, final=state in final) for state, (x, y) in at.items()]
    everywhere = [*at.values(), *chain.from_iterable(roads.values())]
    right = max(x for x, _ in everywhere) + WIDE / 2 + EDGE
    bottom = max(y for _, y in everywhere) + HIGH / 2 + EDGE
    return (
        f'<svg viewBox="0 0 {right:.0f} {bottom:.0f}" role="img" aria-label="States of {escape(name)}; '
        f'the table below says the same in words" style="max-width:{right:.0f}px;width:100%;height:auto">'
        "<style>path{fill:none;stroke:currentColor;stroke-opacity:.55;stroke-width:1.3}"
        "rect{fill:var(--color-background-secondary,#f4f4f4);stroke:currentColor;stroke-width:1.2}"
        "circle{fill:var(--color-background-primary,#fff);stroke:currentColor;stroke-opacity:.55}"
        "text{fill:currentColor;font:13px sans-serif;text-anchor:middle}.n{font-size:10px}"
        ".dot{fill:currentColor;stroke:none}.inner{fill:none}</style>"
        f'<defs><marker id="{name}-end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" style="fill:currentColor;stroke:none"/></marker></defs>'
        + "".join(paths)
        + "".join(boxes)
        + "".join(marks)
        + "</svg>"
    )


def _box(state: str, x: float, y: float, texts: Mapping[str, str], *, final: bool) -> str:
    if not state:
        return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="6" class="dot"/>'
    left, top = x - WIDE / 2, y - HIGH / 2
    inner = (
        f'<rect class="inner" x="{left + 3:.0f}" y="{top + 3:.0f}" width="{WIDE - 6}" height="{HIGH - 6}" rx="5"/>'
        if final
        else ""
    )
    return (
        f'<g><title>{escape(texts.get(state, state))}</title><rect x="{left:.0f}" y="{top:.0f}" width="{WIDE}" '
        f'height="{HIGH}" rx="7"/>{inner}<text x="{x:.0f}" y="{y + 4.5:.0f}">{escape(state)}</text></g>'
    )


def _line(begin: Point, end: Point, between: Sequence[Point], aside: float, *, start: bool) -> tuple[str, Point]:
    """The way as smooth curves from box to box past the points between, and where its number stands."""
    towards = 1 if begin[0] < end[0] else -1
    half = 6 if start else WIDE / 2
    road = [
        (begin[0] + towards * half, begin[1] + towards * aside),
        *between,
        (end[0] - towards * WIDE / 2, end[1] + towards * aside),
    ]
    parts = [f"M{road[0][0]:.0f} {road[0][1]:.0f}"]
    for (x1, y1), (x2, y2) in pairwise(road):
        bend = (x2 - x1) * 0.45
        parts.append(f"C{x1 + bend:.0f} {y1:.0f} {x2 - bend:.0f} {y2:.0f} {x2:.0f} {y2:.0f}")
    (x1, y1), (x2, y2) = road[-2:]  # near its end, where ways to different states are apart
    share = 0.7 if len(road) == 2 else 0.5
    bent = share * share * (3 - 2 * share)  # height of such a curve, nearly
    return "".join(parts), (x1 + (x2 - x1) * share, y1 + (y2 - y1) * bent)


def table(ways: Sequence[Way]) -> str:
    rows = [f"| {way.number} | {way.before or 'new'} | {way.after} | {way.by} |" for way in ways]
    return "\n".join(["| | from | to | by what |", "|---|---|---|---|", *rows])


class Lives(SphinxDirective):
    """One kind of row: its picture, and the same as a table."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        from calguard.lifecycle import LIVES

        self.env.note_reread()  # the tables may have changed though the page did not
        name = self.arguments[0]
        life = LIVES[name]
        texts = {str(value): str(label) for value, label in life.model.State.choices}  # type: ignore[attr-defined]
        ways = [
            Way(number=number, before=str(move.before), after=str(move.after), by=move.by)
            for number, move in enumerate(life.moves, 1)
        ]
        picture = nodes.raw("", svg(name, ways, texts), format="html")
        return [picture, *self.parse_text_to_nodes(table(ways))]


def setup(app: Sphinx) -> dict[str, bool]:
    if not apps.ready:
        django.setup()
    app.add_directive("lives", Lives)
    return {"parallel_read_safe": False}
