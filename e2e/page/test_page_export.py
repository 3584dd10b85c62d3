"""The menu by which a session, a chain and an exchange leave the page in other forms."""
import json
import pathlib

import pytest

from harness.browser import ask
from harness.page_store import PARSER

FORMS = {"session": ["HTML", "Markdown", "HAR", "OpenTelemetry", "Fine-tuning"], "chain": ["HTML", "Markdown", "Request"],
         "exchange": ["HTML", "Markdown", "HAR", "Request"]}
NARROW = {"width": 400, "height": 800}


def addresses_of(recorded):
    exchanges = ask(recorded, "/v1/exchanges?limit=20&session=" + PARSER)["exchanges"]
    exchange = next(one for one in exchanges if one["drop_reason"] is None)
    head = ask(recorded, f"/v1/exchanges/{exchange['id']}")["head"]
    return {"session": f"/s/{PARSER}", "chain": f"/n/{head}", "exchange": f"/x/{exchange['id']}"}


@pytest.mark.parametrize("kind", ["session", "chain", "exchange"])
def test_every_form_is_downloaded_from_the_menu(tab, recorded, kind):
    one = tab(recorded).open(addresses_of(recorded)[kind])
    menu = one.page.locator("details.export-menu")
    menu.locator("summary").click()
    links = menu.locator("a").all()
    assert [link.inner_text() for link in links] == FORMS[kind]
    for link in links:
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        with one.page.expect_download() as started:
            link.click()
        download = started.value
        text = pathlib.Path(download.path()).read_text()
        assert download.suggested_filename.split(".")[-1] in ("html", "md", "har", "jsonl", "json"), download.suggested_filename
        assert len(text) > 200 or download.suggested_filename.endswith(".jsonl")
        if download.suggested_filename.endswith(".html"):
            assert text.startswith("<!doctype html>") and text.endswith("</html>\n")
        if download.suggested_filename.endswith(".har"):
            assert json.loads(text)["log"]["version"] == "1.2"
        # It is where it was, and nothing was opened.
        assert one.address.startswith(addresses_of(recorded)[kind])


def test_what_a_form_leaves_out_is_told_beside_it(tab, recorded):
    one = tab(recorded).open(f"/s/{PARSER}")
    menu = one.page.locator("details.export-menu")
    menu.locator("summary").click()
    status = menu.get_by_role("status")
    assert status.inner_text() == ""
    for label, form in (("Fine-tuning", "openai-finetune"), ("Markdown", "markdown")):
        with one.page.expect_download():
            menu.get_by_role("link", name=label).click()
        told = ask(recorded, f"/v1/exports/{form}/{PARSER}/report")
        if told["left_out"]:
            first = told["left_out"][0]
            status.get_by_text(f"{first['thing']}: {first['count']}").wait_for()
        else:
            status.get_by_text(f"{label} leaves nothing out").wait_for()
        assert menu.get_attribute("open") is not None and one.axe() == []
    assert ask(recorded, f"/v1/exports/openai-finetune/{PARSER}/report")["left_out"], "the session has what this form cannot express"


def test_the_menu_opens_and_closes_by_keys_and_elsewhere(tab, recorded):
    one = tab(recorded).open(f"/s/{PARSER}")
    menu = one.page.locator("details.export-menu")
    menu.locator("summary").focus()
    one.press("Enter")
    assert menu.get_attribute("open") is not None
    one.press("Tab")
    assert one.focused() == "HTML"
    one.press("Escape")
    assert menu.get_attribute("open") is None and one.focused() == "Export"
    one.press("Enter")
    one.page.mouse.click(5, 400)
    assert menu.get_attribute("open") is None


@pytest.mark.parametrize("viewport, scheme", [({"width": 1280, "height": 900}, "light"), ({"width": 1280, "height": 900}, "dark"), (NARROW, "light")])
def test_the_open_menu_is_accessible_and_within_the_window(tab, recorded, viewport, scheme):
    one = tab(recorded, viewport=viewport, color_scheme=scheme)
    for address in addresses_of(recorded).values():
        one.open(address)
        one.page.locator("details.export-menu summary").click()
        assert one.axe() == []
        box = one.page.locator(".export-forms").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"], (address, box)


def test_a_thread_is_exported_alone(tab, recorded):
    one = tab(recorded).open(f"/s/{PARSER}?thread=2")
    links = one.page.locator("details.export-menu a")
    assert all("thread=2" in links.nth(i).get_attribute("href") for i in range(links.count()))
