"""The graph page as people use it: in Chromium, on the built site, with a real relay."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PREFIXES, ROOT, RelayProcess, StaticServer
from tests.browser.opened_page import (
    SNAPSHOT,
    address,
    has_counts,
    open_page,
    property_of,
    until,
    until_connected,
    until_property,
    wait_ready,
)

MakeContext = Callable[..., BrowserContext]
Screenshot = Callable[..., Path]
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


def with_example(page: Page) -> Page:
    """Press the button that an empty space offers."""
    page.click("#load-example")
    has_counts(page, 77, 254)
    return page


def select(page: Page, name: str) -> None:
    """Find a vertex by the search box."""
    page.fill("#search", name)
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text(name)


def canvas_point(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator("#picture").bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


@pytest.mark.parametrize("prefix", PREFIXES)
def test_example_and_edits_reach_another_browser(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, prefix: str, screenshot: Screenshot
) -> None:
    url = address(site_server.url(prefix=prefix), "index.html", f"graph-{len(prefix)}", relay.url)
    ada = with_example(open_page(make_context(**DESKTOP), url))
    grace = open_page(make_context(**DESKTOP, color_scheme="dark"), url)
    has_counts(grace, 77, 254)
    until_connected(ada, grace)
    expect(ada.locator("#connection")).to_contain_text("1 browser connected")
    select(grace, "Cosette")
    grace.fill("#property-name", "Euphrasie")
    grace.keyboard.press("Enter")
    until_property(ada, "Cosette", "name", "Euphrasie")
    select(ada, "Euphrasie")
    ada.fill("[data-key=new-name]", "age")
    ada.fill("[data-key=new-value]", "8")
    ada.keyboard.press("Enter")
    expect(grace.locator("#property-age")).to_have_value("8")
    assert property_of(grace, "Cosette", "age") == 8
    screenshot(ada, "ada")
    screenshot(grace, "grace")


def test_both_see_the_same_picture(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, screenshot: Screenshot
) -> None:
    url = address(site_server.url(), "index.html", "same-picture", relay.url)
    still = {**DESKTOP, "reduced_motion": "reduce"}
    ada = open_page(make_context(**still), url)
    grace = open_page(make_context(**still), url)
    until_connected(ada, grace)
    with_example(ada)
    has_counts(grace, 77, 254)
    for _ in range(200):  # marks of what came from others fade, sooner or later
        pictures = [page.evaluate("document.querySelector('#picture').toDataURL()") for page in (ada, grace)]
        if pictures[0] == pictures[1] and len(pictures[0]) > 20_000:
            return
        grace.wait_for_timeout(50)
    screenshot(ada, "ada")
    screenshot(grace, "grace")
    pytest.fail("the pictures stay different: see the screenshots")


def test_two_tabs_of_one_browser_need_no_network(site_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context(**DESKTOP)
    url = address(site_server.url(), "index.html", "two-tabs")
    first = with_example(open_page(context, url))
    second = open_page(context, url)
    has_counts(second, 77, 254)
    select(first, "Valjean")
    first.fill("#property-name", "Madeleine")
    first.keyboard.press("Enter")
    until_property(second, "Valjean", "name", "Madeleine")
    expect(second.locator("#connection")).to_contain_text("1 other tab connected")


def test_edits_without_a_network_survive_a_reload(own_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context(**DESKTOP)
    page = with_example(open_page(context, address(own_server.url(), "index.html", "offline")))
    until(
        page, "async () => { await navigator.serviceWorker.ready; return navigator.serviceWorker.controller !== null }"
    )
    own_server.stop()
    context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("Offline")
    select(page, "Javert")
    page.fill("#property-name", "Inspector Javert")
    page.keyboard.press("Enter")
    until_property(page, "Javert", "name", "Inspector Javert")
    page.reload()
    wait_ready(page)
    has_counts(page, 77, 254)
    assert property_of(page, "Javert", "name") == "Inspector Javert"


def test_the_example_is_undone_and_done_again(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "undo")))
    page.click("#undo")
    has_counts(page, 0, 0)
    expect(page.locator("#empty")).to_be_visible()
    page.keyboard.press("Control+Shift+Z")
    has_counts(page, 77, 254)
    select(page, "Fantine")
    edges = page.evaluate(
        """async () => {
          const edges = await graphvine.graph.edges();
          return edges.filter(({ source, target }) => source === "Fantine" || target === "Fantine").length;
        }"""
    )
    page.click("#panel .danger")
    has_counts(page, 76, 254 - edges)
    page.keyboard.press("Control+z")
    has_counts(page, 77, 254)
    vertex = page.evaluate("graphvine.graph.get('Fantine')")
    assert (vertex["labels"], vertex["properties"]) == (["Character"], {"name": "Fantine", "group": 3})


def test_what_is_half_typed_stays_when_others_change_the_vertex(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "half-typed")))
    select(page, "Cosette")
    page.fill("[data-key=new-name]", "age")
    page.focus("[data-key=new-value]")
    page.evaluate("graphvine.graph.put('Cosette', { town: 'Montfermeil' })")
    expect(page.locator("#property-town")).to_have_value("Montfermeil")
    expect(page.locator("[data-key=new-value]")).to_be_focused()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    until_property(page, "Cosette", "age", 8)
    expect(page.locator("[data-key=new-name]")).to_have_value("")


def test_undo_leaves_what_someone_else_changed(site_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context(**DESKTOP)
    url = address(site_server.url(), "index.html", "undo-others")
    mine = with_example(open_page(context, url))
    other = open_page(context, url)
    has_counts(other, 77, 254)
    select(mine, "Marius")
    mine.fill("#property-name", "Baron Pontmercy")
    mine.keyboard.press("Enter")
    until_property(other, "Marius", "name", "Baron Pontmercy")
    other.evaluate("graphvine.graph.put('Marius', { name: 'Marius P.' })")
    until_property(mine, "Marius", "name", "Marius P.")
    expect(mine.locator("#property-name")).to_have_value("Marius P.")
    mine.click("#undo")
    expect(mine.locator(".notice")).to_contain_text("changed by someone else")
    assert property_of(mine, "Marius", "name") == "Marius P."


def test_a_graph_is_drawn_with_the_mouse(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    context = make_context(**DESKTOP)
    url = address(site_server.url(), "index.html", "drawn")
    page, other = open_page(context, url), open_page(context, url)
    page.bring_to_front()
    page.click("#start-empty")
    for x, y, name in ((300, 300, "Ada"), (560, 420, "Grace")):
        page.mouse.dblclick(*canvas_point(page, x, y))
        expect(page.locator("#property-name")).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator("#panel h2")).to_have_text(name)
    page.mouse.click(*canvas_point(page, 300, 300))
    expect(page.locator("#panel h2")).to_have_text("Ada")
    page.mouse.move(*canvas_point(page, 319, 300))
    page.mouse.down()
    page.mouse.move(*canvas_point(page, 560, 420), steps=6)
    page.mouse.up()
    expect(page.locator("#edge-type")).to_be_focused()
    page.keyboard.type("ADMIRES")
    page.keyboard.press("Enter")
    has_counts(other, 2, 1)
    until(other, "async () => (await graphvine.graph.edges())[0]?.type === 'ADMIRES'")
    drag_is_seen_while_it_lasts(page, other)
    screenshot(page)


def drag_is_seen_while_it_lasts(page: Page, other: Page) -> None:
    """Move Grace; the other tab sees her move before the button is let go; one undo brings her back."""
    place = """async () => {
      const all = await graphvine.graph.vertices();
      const { x, y } = all.find((vertex) => vertex.properties.name === "Grace").properties;
      return `${x} ${y}`;
    }"""
    before = page.evaluate(place)
    page.mouse.move(*canvas_point(page, 560, 420))
    page.mouse.down()
    page.mouse.move(*canvas_point(page, 480, 200), steps=8)
    until(other, f"async (before) => (await ({place})()) !== before", before)
    page.mouse.move(*canvas_point(page, 400, 150), steps=4)
    page.mouse.up()
    until(other, f"async (x) => (await ({place})()).startsWith(x)", str(int(before.split()[0]) - 160))
    page.click("#undo")
    until(other, f"async (before) => (await ({place})()) === before", before)


def test_a_graph_is_drawn_with_the_keyboard(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_page(make_context(**DESKTOP, reduced_motion="reduce"), address(site_server.url(), "index.html", "keys"))
    page.evaluate("""async () => {
      const { graph } = graphvine;
      await graph.put("left", { name: "Left", x: -100, y: 0 });
      await graph.put("right", { name: "Right", x: 100, y: 0 });
    }""")
    has_counts(page, 2, 0)
    page.focus("#picture")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#panel h2")).to_have_text("Left")
    page.keyboard.press("c")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    has_counts(page, 2, 1)
    expect(page.locator("#edge-type")).to_be_focused()
    page.focus("#picture")
    page.keyboard.press("Delete")
    has_counts(page, 2, 0)
    page.keyboard.press("ArrowRight")
    before = page.evaluate(SNAPSHOT)["vertices"]
    page.keyboard.press("Alt+ArrowDown")
    until(page, "async (before) => (await graphvine.graph.vertices()).some((v) => v.properties.y > 5)", before)
    page.keyboard.press("n")
    has_counts(page, 3, 0)
    expect(page.locator("#property-name")).to_be_focused()


def test_the_table_sorts_filters_and_edits(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "table")))
    page.click("#show-table")
    expect(page.locator("tbody tr")).to_have_count(77)
    page.click("th button:text-is('group')")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("group")
    assert page.locator("tbody tr").first.locator("td.number").inner_text() == "0"
    page.click("th button:text-is('group')")
    assert page.locator("tbody tr").first.locator("td.number").inner_text() == "10"
    page.fill("#search", "thenardier")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.fill("#search", "")
    page.click("th button:text-is('id')")
    cell = page.locator("tr[data-id=Anzelma] td[data-name=name]")
    cell.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Azelma")
    page.keyboard.press("Enter")
    until_property(page, "Anzelma", "name", "Azelma")
    expect(cell).to_have_text("Azelma")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.parentElement.dataset.id") == "Babet"
    page.locator("tr[data-id=Babet] td[data-name=group]").dblclick()
    page.keyboard.type("12")
    page.keyboard.press("Escape")
    page.click("[data-kind=edge]")
    expect(page.locator(".table-bar")).to_contain_text("254 edges")
    assert property_of(page, "Babet", "group") == 4
    screenshot(page)


def test_the_invitation_has_a_link_and_a_code(
    site_server: StaticServer, relay: RelayProcess, make_context: MakeContext, screenshot: Screenshot
) -> None:
    url = address(site_server.url(), "index.html", "party & more", relay.url)
    page = open_page(make_context(**DESKTOP, permissions=["clipboard-read", "clipboard-write"]), url)
    page.click("#share")
    expect(page.locator("dialog .qr")).to_be_visible()
    assert len(page.locator("dialog .qr path").get_attribute("d") or "") > 2_000
    expect(page.locator("dialog button.primary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("dialog [role=status]")).to_contain_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.locator("#invitation-link").input_value()
    screenshot(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.evaluate("graphvine.graph.put('cake', { name: 'Cake' })")
    guest = open_page(make_context(**DESKTOP), link)
    expect(guest.locator("#space-name")).to_have_text("party & more")
    has_counts(guest, 1, 0)


def test_the_last_space_opens_again_and_new_ones_are_private(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    context = make_context(**DESKTOP)
    page = open_page(context, site_server.url("index.html"))
    name = page.locator("#space-name").inner_text()
    assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z0-9]{8}", name)
    assert f"space={name}" in page.url
    again = open_page(context, site_server.url("index.html"))
    expect(again.locator("#space-name")).to_have_text(name)
    again.click("#space")
    again.fill("#space-field", "elsewhere")
    again.keyboard.press("Enter")
    expect(again.locator("#space-name")).to_have_text("elsewhere")
    other = open_page(make_context(**DESKTOP), site_server.url("index.html"))
    assert other.locator("#space-name").inner_text() != name


def test_a_wrong_relay_address_is_explained(site_server: StaticServer, make_context: MakeContext) -> None:
    page = make_context(**DESKTOP).new_page()
    page.goto(site_server.url("index.html") + "?space=x&relay=http://example.org/")
    expect(page.locator("#start")).to_contain_text("starts with wss:// or ws://")
    page.click("text=Open without it")
    wait_ready(page)


def test_text_of_strangers_stays_text(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "hostile"))
    evil = '<img src=x onerror="globalThis.pwned=1"><script>pwned=1</script>'
    page.evaluate(
        "(evil) => graphvine.graph.put(evil, { name: evil, [evil]: evil, x: 1e300, y: 'here' }, { labels: [evil] })",
        evil,
    )
    page.evaluate("(evil) => graphvine.graph.link(evil, evil, evil, { [evil]: evil })", evil)
    has_counts(page, 1, 1)
    page.fill("#search", "img")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .chip")).to_contain_text("<img")
    page.click("#show-table")
    expect(page.locator("tbody")).to_contain_text("<script>")
    page.click("[data-kind=edge]")
    expect(page.locator("tbody")).to_contain_text("<script>")
    assert page.evaluate("globalThis.pwned ?? null") is None
    assert page.locator("main img, main script").count() == 0


def test_what_is_selected_is_in_sight(site_server: StaticServer, make_context: MakeContext) -> None:
    page = with_example(open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "in-sight")))
    select(page, "Valjean")
    notice, zoom = page.locator(".notice").bounding_box(), page.locator(".zoom").bounding_box()
    assert notice is not None
    assert zoom is not None
    assert notice["x"] + notice["width"] <= zoom["x"]  # it does not cover the buttons beside the panel
    page.click("#show-table")
    expect(page.locator("tr.is-selected")).to_be_in_viewport()


def test_a_large_graph_stays_in_the_table(site_server: StaticServer, make_context: MakeContext) -> None:
    page = open_page(make_context(**DESKTOP), address(site_server.url(), "index.html", "large"))
    page.evaluate("graphvine.graph.transaction(Array.from({ length: 6000 }, (_, n) => ['put', `v${n}`, { n }]))")
    has_counts(page, 6000, 0)
    expect(page.locator("#too-many")).to_be_visible()
    page.click("#show-table")
    expect(page.locator(".table-bar")).to_contain_text("6000 vertices")
    assert page.locator("tbody tr").count() < 1_000


def test_a_phone_has_room_for_everything(
    site_server: StaticServer, make_context: MakeContext, screenshot: Screenshot
) -> None:
    page = with_example(open_page(make_context(**PHONE), address(site_server.url(), "index.html", "phone")))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("#space", "#share", "#show-picture", "#show-table", "#search", "#undo", "#add", "#connection"):
        box = page.locator(name).bounding_box()
        assert box is not None, name
        assert box["x"] >= 0, name
        assert box["x"] + box["width"] <= 390, name
        assert box["height"] >= 32, name
    page.wait_for_timeout(1500)  # for the picture: the layout comes to rest
    screenshot(page, "picture")
    select(page, "Cosette")
    screenshot(page, "panel")
    page.locator("#panel header button").tap()
    expect(page.locator("#panel")).to_be_hidden()
    page.locator("#show-table").tap()
    page.locator(".menu summary").tap()
    screenshot(page, "table")
    page.locator("#show-picture").tap()
    page.locator("#fit").tap()
    page.wait_for_timeout(600)  # for the camera to arrive
    page.locator("#add").tap()
    has_counts(page, 78, 254)


NOTHING_IS_DRAWN = """async () => {
  named.clear();
  await new Promise((done) => setTimeout(done, 300));
  return named.size === 0;
}"""


def test_no_name_is_cut_off_at_an_edge(site_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context(**PHONE, reduced_motion="reduce")
    context.add_init_script("""
      const fillText = CanvasRenderingContext2D.prototype.fillText;
      globalThis.named = new Map();
      CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const half = this.measureText(text).width / 2;
        named.set(text, [x - half, x + half]);
        fillText.call(this, text, x, y);
      };
    """)
    page = with_example(open_page(context, address(site_server.url(), "index.html", "names")))
    until(page, NOTHING_IS_DRAWN)  # the layout has come to rest
    page.locator("#fit").tap()
    drawn = until(page, "() => named.size > 20 && [...named]")
    assert [name for name, (left, right) in drawn if left < 0 or right > 390] == []


def test_two_taps_add_a_vertex(site_server: StaticServer, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 780}, has_touch=True, is_mobile=True)
    page = open_page(context, site_server.url("index.html") + "#space=taps&relay=")
    page.get_by_role("button", name="Start empty").tap()
    for _ in range(2):
        page.touchscreen.tap(60, 300)
    has_counts(page, 1, 0)
    context.close()


def test_two_taps_add_a_vertex_among_many_after_menu_and_table(
    site_server: StaticServer, make_context: MakeContext
) -> None:
    page = with_example(open_page(make_context(**PHONE), address(site_server.url(), "index.html", "taps-among-many")))
    page.locator("#show-table").tap()
    page.locator("#more summary").tap()
    page.locator("#show-picture").tap()
    page.locator("#fit").tap()
    touch = page.context.new_cdp_session(page)
    began = page.evaluate("(performance.timeOrigin + performance.now()) / 1000")
    for second in (0.0, 0.15):  # the time of the fingers, not of a busy machine
        for kind, points, later in (("touchStart", [{"x": 350, "y": 250}], 0.0), ("touchEnd", [], 0.05)):
            touch.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points, "timestamp": began + second + later}
            )
    has_counts(page, 78, 254)


def test_the_pages_hold_no_inline_code(site_server: StaticServer) -> None:
    for path in sorted((ROOT / "build" / "site").glob("*.html")):
        text = path.read_text()
        assert "script-src 'self' 'wasm-unsafe-eval'; " in text, path.name
        assert "unsafe-inline" not in text, path.name
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\ssrc=)", text), path.name
        assert not re.search(r"""(?:src|href)=["'](?:/|https?:)""", text), path.name


def test_no_module_reads_text_as_html() -> None:
    paths = sorted((ROOT / "site" / "pages").rglob("*.js"))
    assert len(paths) > 20
    for path in paths:
        found = re.findall(
            r"(?:inner|outer|insertAdjacent)HTML|document\.write|\beval\(|new Function|setAttribute\(.style",
            path.read_text(),
        )
        assert found == [], path.name


def test_a_browser_without_webassembly_is_told_so(site_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context(**DESKTOP)
    context.add_init_script("delete globalThis.WebAssembly")
    page = context.new_page()
    page.goto(address(site_server.url(), "index.html", "old-browser"))
    expect(page.locator("#start [role=alert], #start[role=alert]")).to_contain_text("no WebAssembly")
    expect(page.locator("#start")).to_contain_text("current Chrome, Edge, Firefox or Safari")


def test_a_browser_without_webrtc_works_alone_and_says_so(site_server: StaticServer, make_context: MakeContext) -> None:
    context = make_context(**DESKTOP)
    context.add_init_script("delete globalThis.RTCPeerConnection")
    page = open_page(context, address(site_server.url(), "index.html", "no-webrtc"))
    expect(page.locator(".notice.problem")).to_contain_text("no WebRTC")
    with_example(page)
