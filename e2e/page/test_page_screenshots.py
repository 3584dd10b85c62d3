"""What the page looks like: screenshots against references in e2e/data/screenshots. `make screenshots` makes these anew, and
the pictures of the README; look at both before you commit them."""
import os

import pytest

from harness.pictures import LARGEST_PICTURE, PICTURES, assert_like_reference, keep
from harness.page_store import PARSER

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 400, "height": 800}
# name: (address, window, colours, whether the README shows it)
SHOTS = {
    "sessions": ("/", WIDE, "light", True),
    "session": (f"/s/{PARSER}", WIDE, "light", True),
    "tree": (f"/s/{PARSER}/tree", WIDE, "light", True),
    "cache": (f"/s/{PARSER}/cache", WIDE, "light", True),
    "usage": ("/usage?since=2026-03-01&until=2026-03-15", WIDE, "light", True),
    "session-dark": (f"/s/{PARSER}", WIDE, "dark", True),
    "usage-dark": ("/usage?since=2026-03-01&until=2026-03-15", WIDE, "dark", False),
    "sessions-narrow": ("/", NARROW, "light", False),
    "session-narrow": (f"/s/{PARSER}", NARROW, "light", False),
}
# Identifiers differ from run to run; all else is the same. Set through the object model: the policy admits no styles in elements.
HIDE = """() => { for (const one of document.querySelectorAll(".id-chip, header .live")) one.style.visibility = "hidden"; }"""


@pytest.mark.parametrize("name", SHOTS)
def test_a_view_looks_like_its_reference(tab, recorded, tmp_path, name):
    address, window, scheme, public = SHOTS[name]
    one = tab(recorded, viewport=window, color_scheme=scheme).open(address)
    one.page.wait_for_selector(".live-open", state="attached")
    one.until("() => document.fonts.status === 'loaded' && [...document.images].every((image) => image.complete)")
    # Until two in a row are the same: what is drawn late has been drawn.
    last = None
    one.page.evaluate(HIDE)
    while last != (png := one.page.screenshot(animations="disabled", caret="initial")):
        last = png
        one.page.evaluate(HIDE)
    if os.environ.get("TAPES_UPDATE_SCREENSHOTS"):
        keep(name, png, public)
    else:
        assert_like_reference(name, png, tmp_path)


def test_pictures_of_the_documents_are_small():
    assert all(path.stat().st_size <= LARGEST_PICTURE for path in PICTURES.glob("*.png"))
