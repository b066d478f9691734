"""The way of a user through the atlas, in a real browser on Musterstadt."""

import re
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from atlas.edition import open_edition
from atlas.maps import describe, export_html
from atlas.state import view_from_query

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)

# A point that surely lies in the area: the middle of its bounding box need not.
INSIDE = """path => {
  const box = path.getBoundingClientRect(), root = path.getRootNode();
  for (let j = 1; j < 12; j++) for (let i = 1; i < 12; i++) {
    const x = box.left + box.width * i / 12, y = box.top + box.height * j / 12;
    if (root.elementFromPoint(x, y) === path) return [x, y];
  }
}"""


def calm(page: Page) -> None:
    """What was asked for is drawn: nothing runs and nothing of the former page is left.

    Looked at several times: on a busy machine a run begins a while after the click.
    """
    running = page.locator("[data-testid=stApp]:not([data-test-script-state=notRunning])")
    for _ in range(3):
        page.wait_for_timeout(300)
        expect(running).to_have_count(0)
        expect(page.locator("[data-stale=true]")).to_have_count(0)


def ready(page: Page) -> None:
    expect(page.locator(".karte[data-bereit]")).to_be_visible()
    calm(page)


def point_in(page: Page, area: str) -> tuple[float, float]:
    x, y = page.locator(f".karte path[data-gebiet='{area}']").evaluate(INSIDE)
    return x, y


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def query(page: Page) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(urlsplit(page.url).query).items()}


def shades(page: Page) -> list[str]:
    paths = page.locator(".karte path[data-gebiet]")
    return paths.evaluate_all("all => all.map(p => p.dataset.klasse)")


@pytest.mark.parametrize(
    "path", ["ueberblick", "karte", "gebiet", "verteilung", "sprechstunden", "methode"]
)
def test_every_page_opens_in_german_with_the_notice(open_page, path):
    page = open_page(f"/{path}")
    expect(page.get_by_text("Musterstadt, erfundene Daten").first).to_be_visible()
    calm(page)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert page.evaluate("document.documentElement.lang") == "de"
    expect(page).to_have_title(re.compile(r" · Sozialraumatlas Musterstadt$"))
    expect(page.locator("h1")).to_be_visible()
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(h => Number(h.tagName[1]))")
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels)), levels
    assert query(page)["stand"]


def test_from_the_front_door_to_an_area_and_back_by_its_address(open_page, demo):
    page = open_page("/")
    page.get_by_role("link", name="Karte", exact=True).first.click()
    ready(page)
    before = shades(page)
    choose(page, "Kennzahl", "Grundsicherung im Alter, Anteil ab 65 Jahren")
    expect(page.locator("h1").first).to_have_text(re.compile("Grundsicherung im Alter"))
    expect(page).to_have_url(re.compile("kennzahl=grusi_alter_quote"))
    page.wait_for_function(
        "before => { const found = []; const seek = root => { for (const e of"
        " root.querySelectorAll('*')) { if (e.dataset && e.dataset.gebiet)"
        " found.push(e.dataset.klasse); if (e.shadowRoot) seek(e.shadowRoot); } };"
        " seek(document); return found.join() !== before; }",
        arg=",".join(before),
    )
    view = view_from_query(query(page), demo, "karte")
    mark = next(m for m in describe(demo, view).marks if m.number is not None)
    page.mouse.move(*point_in(page, mark.area))
    tip = page.locator(".karte .hinweis")
    expect(tip).to_contain_text(mark.name)
    expect(tip).to_contain_text(mark.value)
    page.mouse.click(*point_in(page, mark.area))
    expect(page).to_have_url(re.compile(f"/gebiet\\?.*gebiet={mark.area}"))
    expect(page.get_by_text(mark.name).first).to_be_visible()
    calm(page)
    again = open_page(page.url.split(str(urlsplit(page.url).port), 1)[1])
    expect(again.get_by_text(mark.name).first).to_be_visible()
    expect(again.locator("h1").first).to_have_text(page.locator("h1").first.inner_text())
    assert query(again) == query(page)


def test_outlines_are_fetched_once_and_the_position_stays(open_page):
    page = open_page("/karte")
    ready(page)
    page.get_by_role("button", name="Vergrößern").click()
    first = page.locator(".karte path[data-gebiet]").first
    page.wait_for_timeout(600)  # Leaflet's own zoom animation
    drawn = first.get_attribute("d")
    for period in ("31.12.2023", "30.06.2023"):
        choose(page, "Stichtag", period)
        expect(page.get_by_text(f"Stichtag {period}").first).to_be_visible()
        ready(page)
    assert first.get_attribute("d") == drawn
    assert len([r for r in page.watch.requests if r.endswith(".geojson")]) == 1


def test_an_earlier_day_has_its_own_outlines_and_says_so(open_page, demo):
    page = open_page("/karte")
    ready(page)
    now = page.locator(".karte path[data-gebiet]").count()
    choose(page, "Stichtag", "31.12.2020")
    expect(page.get_by_text("ältere Gebietsgrenzen")).to_be_visible()
    areas = demo.table("areas")
    old = areas[(areas["vintage"] == "2019") & (areas["level"] == "planungsraum")]
    expect(page.locator(".karte path[data-gebiet]")).to_have_count(len(old))
    assert now != len(old)


def test_the_map_is_usable_without_a_mouse(open_page):
    page = open_page("/karte")
    ready(page)
    areas = page.locator(".karte path[data-gebiet]")
    assert page.locator(".karte path[tabindex='0']").count() == 1
    page.locator(".karte path[tabindex='0']").focus()
    start = page.locator(".karte path[tabindex='0']").get_attribute("data-gebiet")
    page.keyboard.press("ArrowRight")
    now = page.locator(".karte path[tabindex='0']").get_attribute("data-gebiet")
    assert now != start
    assert all(areas.evaluate_all("all => all.map(p => Boolean(p.getAttribute('aria-label')))"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/gebiet\\?.*gebiet={now}"))


def test_an_old_link_says_that_it_was_made_on_another_edition(open_page):
    page = open_page("/karte?stand=000000000000&stichtag=1999-12-31")
    expect(page.get_by_text("anderen Ausgabe")).to_be_visible()
    expect(page.get_by_text("Den Stichtag 31.12.1999 gibt es hier nicht")).to_be_visible()


def test_a_narrow_screen_scrolls_down_only(open_page):
    page = open_page("/karte", width=390, height=800)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".karte").bounding_box()["width"] <= 390


def test_a_wide_table_scrolls_in_itself_and_says_so(open_page):
    page = open_page("/gebiet?ebene=planungsraum&gebiet=01010101", width=390, height=844)
    table = page.locator("[data-testid=stTable]").first
    expect(table).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    frame = table.locator("xpath=./div")
    assert frame.evaluate("f => f.scrollWidth > f.clientWidth && f.clientWidth <= 390")
    assert frame.evaluate("f => { f.scrollLeft = 50; return f.scrollLeft; }") == 50
    hint = table.evaluate("t => getComputedStyle(t, '::before').content")
    assert "seitlich verschieben" in hint


def test_numbers_in_tables_stand_to_the_right(open_page):
    page = open_page("/gebiet?ebene=planungsraum&gebiet=01010101")
    cell = page.locator("[data-testid=stTable] td").first
    expect(cell).to_be_visible()
    assert cell.evaluate("c => getComputedStyle(c).textAlign") == "right"


def test_the_exported_map_needs_no_server(open_page, demo_path, tmp_path):
    edition = open_edition(demo_path)
    description = describe(edition, view_from_query({}, edition, "karte"))
    file = tmp_path / "karte.html"
    file.write_text(export_html(description), encoding="utf-8")
    page = open_page(file.as_uri())
    expect(page.locator(".folium-map path.leaflet-interactive")).to_have_count(
        len(description.marks)
    )
    expect(page.get_by_role("heading", name=description.title)).to_be_visible()
    assert [r for r in page.watch.requests if not r.startswith("data:")] == [file.as_uri()]
