"""The report in a real browser: what axe finds, and what works without any script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assay.record.audit import Audit
from assay.report import annex_iv, executive, fair_lending, ll144, model_card
from assay.report.language import speaking
from assay.report.page import render_html
from auditing import evaluate, write_csv
from libraries import library

from .conftest import Sample, signing_of

axe = library("axe_playwright_python.sync_playwright")
playwright = library("playwright.sync_api")
VIEWS = ("full", "executive", "annex-iv", "fair-lending", "model-card", "ll144-summary", "executive-german")
IDLE = """Array.from(document.querySelectorAll('[tabindex="0"]')).filter(each => {
  for (let at = each; at; at = at.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return false;
  return each.offsetParent;
}).length"""
"""How many stops of the keyboard are in nothing that scrolls."""
WIDE, NARROW = {"width": 1200, "height": 900}, {"width": 390, "height": 800}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
            pytest.fail("no Chromium is installed, and ASSAY_REQUIRE_TOOLS=1 demands it")
        pytest.skip("needs Chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def views(audited: Sample, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("browser")
    audit, gate, digest, signing = audited.audit, audited.gate, audited.digest, signing_of("A. Signer")
    pages = (
        render_html(audit, gate, audit_digest=digest, signing=signing),
        executive.render_html(audit, gate, audit_digest=digest, signing=signing),
        annex_iv.render_html(audit, audit_digest=digest, signing=signing),
        fair_lending.render_html(audit, audit_digest=digest),
        model_card.render_html(audit, audit_digest=digest),
        ll144.render_html(applicants(folder), audit_digest=digest),
    )
    with speaking("de"):
        pages += (executive.render_html(audit, gate, audit_digest=digest, signing=signing),)
    made = {name: folder / f"{name}.html" for name in VIEWS}
    for path, page in zip(made.values(), pages, strict=True):
        path.write_text(page, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def report(views: dict[str, Path]) -> Path:
    return views["full"]


def applicants(folder: Path) -> Audit:
    """An audit under Local Law 144."""
    kinds = (("yes", 30), ("no", 20))
    rows = [(sex, race, kind) for sex in "fm" for race in ("Asian", "White") for kind, n in kinds for _ in range(n)]
    columns = {
        "decision": {"column": "selected", "favourable": "yes"},
        "groups": {"sex": {"column": "sex"}, "race_ethnicity": {"column": "race"}},
    }
    told = {"purpose": {"decision": {"domain": "employment"}}}
    data = write_csv(folder / "d.csv", ("sex", "race", "selected"), rows)
    return evaluate(folder, data, columns, policies=["nyc-ll144"], manifest=told).audit


def opened(browser: Any, report: Path, size: dict[str, int], scheme: str = "light") -> Any:
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    page.goto(report.as_uri())
    return page


# A dark screen has other colours and nothing else, so that there only the contrast is asked for again.
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_the_keyboard_stops_nowhere_without_reason(
    browser: Any, views: dict[str, Path], size: dict[str, int], name: str
) -> None:
    for scheme, asked in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page = opened(browser, views[name], size, scheme)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = axe.Axe().run(page, options=asked).response
        assert [(each["id"], [node["target"] for node in each["nodes"]][:5]) for each in found["violations"]] == []
        assert found["passes"]
        assert page.evaluate(IDLE) == 0
        page.context.close()


def test_what_scrolls_on_a_narrow_screen_can_be_scrolled_with_the_keyboard(browser: Any, report: Path) -> None:
    page = opened(browser, report, NARROW)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    stop = page.locator("table .sideways:visible").first
    stop.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.closest('table').scrollLeft > 0")


def test_nothing_is_asked_of_the_network_and_no_message_is_logged(browser: Any, report: Path) -> None:
    asked: list[str] = []
    told: list[str] = []
    page = browser.new_context(viewport=WIDE).new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text))
    page.goto(report.as_uri())
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
    assert [url for url in asked if url.startswith("file:")] == [report.as_uri()]
    assert told == []


def test_a_choice_of_outcome_shows_its_controls_alone(browser: Any, report: Path) -> None:
    page = opened(browser, report, WIDE)
    shown = "Array.from(document.querySelectorAll('.listed')).filter(each => each.offsetParent)"
    classes = f"new Set({shown}.flatMap(each => Array.from(each.classList)).filter(name => name.startsWith('is-')))"
    assert len(page.evaluate(f"Array.from({classes})")) == 4
    page.check("#show-fail")
    assert page.evaluate(f"Array.from({classes})") == ["is-fail"]
    page.check("#show-all")
    assert len(page.evaluate(f"Array.from({classes})")) == 4


def test_a_link_to_a_control_shows_it_whatever_was_chosen(browser: Any, report: Path, audited: Sample) -> None:
    page = opened(browser, report, WIDE)
    page.check("#show-pass")
    failed = page.locator("section.control.is-fail").first
    assert not failed.is_visible()
    page.goto(f"{report.as_uri()}#{failed.get_attribute('id')}")
    page.check("#show-pass")
    assert failed.is_visible()


def test_the_contents_stand_beside_the_text_and_stay_there(browser: Any, report: Path) -> None:
    page = opened(browser, report, WIDE)
    page.evaluate("document.getElementById('fairness').scrollIntoView()")
    box = page.locator("nav").bounding_box()
    assert 0 <= box["y"] < 50
    assert box["x"] + box["width"] <= page.locator("main").bounding_box()["x"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_never_scrolls_sideways(browser: Any, report: Path, size: dict[str, int]) -> None:
    page = opened(browser, report, size)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_first_two_keys_skip_to_findings_and_contents(browser: Any, report: Path) -> None:
    page = opened(browser, report, WIDE)
    for target in ("#findings", "#contents"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == target
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_what_is_folded_on_screen_is_printed(browser: Any, report: Path) -> None:
    page = opened(browser, report, WIDE)
    inside = page.locator("details.method p").first
    assert not inside.is_visible()
    page.emulate_media(media="print")
    assert inside.bounding_box()["height"] > 0
