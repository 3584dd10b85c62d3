"""Every view in light and dark, wide and at 400 px: WCAG 2.2 AA as axe finds it, nothing cut off; in print, and still."""
import pytest

from harness.addresses import views
from harness.page_store import CODE, PARSER

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}


@pytest.mark.parametrize("viewport, scheme", [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light")],
                         ids=["wide", "dark", "400 px"])
def test_axe_finds_nothing(tab, recorded, viewport, scheme):
    one, found = tab(recorded, viewport=viewport, color_scheme=scheme), {}
    for name, address in views(recorded, PARSER, CODE).items():
        one.open(address)
        if wrong := one.axe():
            found[name] = wrong
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


def test_at_400_px_no_view_is_wider_than_the_window(tab, recorded):
    one = tab(recorded, viewport=NARROW)
    wide = {}
    for name, address in views(recorded, PARSER, CODE).items():
        one.open(address)
        width = one.page.evaluate("document.documentElement.scrollWidth")
        if width > NARROW["width"]:
            wide[name] = width
    assert not wide


def test_dialogs_are_accessible_too(tab, recorded):
    one = tab(recorded).open("/")
    for key in ("?", "Control+k"):
        one.page.keyboard.press(key)
        one.page.wait_for_selector("dialog[open]")
        assert one.axe() == []
        one.page.keyboard.press("Escape")
        one.page.wait_for_selector("dialog[open]", state="detached")


def test_printed_views_have_what_was_said_and_no_controls(tab, recorded):
    one = tab(recorded)
    one.open(f"/s/{PARSER}")
    one.page.emulate_media(media="print")
    assert not one.page.locator("header.shell nav").is_visible()
    pdf = one.page.pdf()
    assert pdf.startswith(b"%PDF") and len(pdf) > 5000
    for address in ("/", "/usage"):
        one.open(address)
        assert one.page.pdf().startswith(b"%PDF")


def test_nothing_moves_where_less_motion_is_asked_for(tab, recorded):
    one = tab(recorded)
    for name, address in views(recorded, PARSER, CODE).items():
        one.open(address)
        moving = one.page.evaluate("""document.getAnimations().filter((one) => one.playState === "running" &&
            one.effect.getComputedTiming().duration > 20).map((one) => one.effect.target?.className ?? "")""")
        assert moving == [], name
