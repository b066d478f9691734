"""A manager makes a plan: budget, search, keep and leave out, search, save, send the link."""

import json
import re
import shutil
from urllib.parse import urlsplit
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from atlas.placement.scenario import load_scenario, scenario_data
from tests.browser.test_walk import calm, query, ready

pytestmark = pytest.mark.browser
NAME = "probe-im-browser"


@pytest.fixture
def saved_folder(demo_path):
    """Where the plan of this walk will lie; it is gone afterwards."""
    folder = demo_path.with_name(demo_path.name + ".plans") / NAME
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def fill(page: Page, label: str, value: str) -> None:
    field = page.locator(f"input[aria-label='{label}']")
    field.fill(value)
    field.press("Tab")
    calm(page)


def check(page: Page, label: str, row: int) -> None:
    page.locator("[data-testid=stCheckbox]", has_text=label).nth(row).locator("label").click()
    calm(page)


def takes_the_calendars(page: Page, saved_folder, file) -> None:
    with page.expect_download() as calendars:
        page.get_by_role("button", name="Kalender je Team").click()
    calendars.value.save_as(file)
    with ZipFile(file) as archive:
        found = {n: archive.read(n) for n in archive.namelist()}
    assert found == {f.name: f.read_bytes() for f in (saved_folder / "teams").iterdir()}


def takes_a_comparison(page: Page, file) -> None:
    """The page and its file say the same."""
    page.get_by_role("radio", name="Pläne vergleichen").click()
    expect(page.get_by_text("Was in der Woche anders ist")).to_be_visible()
    with page.expect_download() as comparison:
        page.get_by_role("button", name="Vergleich als Excel-Datei").click()
    comparison.value.save_as(file)
    lines = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    for line, *_ in lines[1:]:
        expect(page.get_by_text(line, exact=True)).to_be_visible()


def test_from_a_budget_to_a_plan_that_can_be_sent(open_page, saved_folder, tmp_path):
    page = open_page("/sprechstunden")
    ready(page)
    page.get_by_role("radio", name="Neu planen").click()
    fill(page, "Stunden in der Woche", "44")
    expect(page.get_by_text("44 Stunden in der Woche, 3 Teams")).to_be_visible()
    page.get_by_role("button", name="Plan rechnen").click()
    unsaved = page.get_by_text("Das Ergebnis ist noch nicht gespeichert")
    expect(unsaved).to_be_visible(timeout=240_000)
    assert not saved_folder.exists()

    check(page, "festhalten", 0)
    check(page, "ausschließen", 1)
    expect(page.get_by_text("1 Sprechstunde festgehalten, 1 Raum ausgeschlossen")).to_be_visible()
    page.get_by_role("button", name="Mit diesen Festlegungen neu rechnen").click()
    expect(page.get_by_text("Das Ergebnis unten gehört noch")).to_have_count(0, timeout=240_000)
    expect(unsaved).to_be_visible()
    calm(page)

    with page.expect_download() as taken:
        page.get_by_role("button", name="Vorgaben als Datei").click()
    taken.value.save_as(tmp_path / "szenario.toml")
    wished = load_scenario(tmp_path / "szenario.toml")
    assert wished.staff.hours_per_week == 44
    assert len(wished.fixed) == 1 and len(wished.rooms.forbidden) == 1

    fill(page, "Name (kurz, steht im Link)", NAME)
    page.get_by_role("button", name="Plan speichern").click()
    expect(page).to_have_url(re.compile(f"plan={NAME}"))
    expect(page.get_by_text(f"Der Plan „{NAME}“ ist gespeichert")).to_be_visible()
    plan = json.loads((saved_folder / "plan.json").read_text(encoding="utf-8"))
    assert plan["wishes"] == scenario_data(wished) and plan["hours_per_week"] == 44
    held = {(s["place"], s["half_day"]) for s in plan["sessions"] if not s["existing"]}
    (kept,), (left_out,) = wished.fixed, wished.rooms.forbidden
    assert (kept.place, kept.half_day) in held
    assert left_out not in {place for place, _ in held} and len(held) > 1

    again = open_page(page.url.split(str(urlsplit(page.url).port), 1)[1])
    expect(again.locator("h2").first).to_have_text(plan["title"])
    assert query(again)["plan"] == NAME
    with again.expect_download() as sheet:
        again.get_by_role("button", name="Plan als Excel-Datei").click()
    sheet.value.save_as(tmp_path / "plan.xlsx")
    assert (tmp_path / "plan.xlsx").read_bytes() == (saved_folder / "plan.xlsx").read_bytes()
    takes_the_calendars(again, saved_folder, tmp_path / "teams.zip")
    takes_a_comparison(again, tmp_path / "v.xlsx")


def test_a_wish_that_cannot_be_is_named_and_the_form_stays(open_page):
    page = open_page("/sprechstunden")
    ready(page)
    page.get_by_role("radio", name="Neu planen").click()
    calm(page)
    page.get_by_text("Wie weit, und was jedem Gebiet zugesagt ist").click()
    calm(page)
    check(page, "Niemand darf weiter entfernt sein", 0)
    fill(page, "Längster Weg (Minuten)", "12")
    page.get_by_role("button", name="Plan rechnen").click()
    expect(page.get_by_text("Dieser Wunsch lässt sich nicht erfüllen")).to_be_visible(
        timeout=240_000
    )
    expect(page.get_by_text(re.compile("eine Sprechstunde in 12 Minuten für"))).to_be_visible()
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("input[aria-label='Längster Weg (Minuten)']")).to_have_value("12")


def test_an_area_is_clicked_and_says_why_it_is_reached(open_page):
    page = open_page("/sprechstunden")
    ready(page)
    area = page.locator(".karte path[tabindex='0']")
    area.focus()
    page.keyboard.press("Enter")
    calm(page)
    expect(page.get_by_text(re.compile("^Zur Seite „"))).to_be_visible()
    assert "/sprechstunden" in page.url


def test_the_form_fits_a_narrow_screen(open_page):
    page = open_page("/sprechstunden", width=390, height=844)
    ready(page)
    page.get_by_role("radio", name="Neu planen").click()
    calm(page)
    expect(page.get_by_role("button", name="Plan rechnen")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
