"""Sessions as large as they come in Debian's Chromium: what is seen is there soon, and only what is seen has elements."""
import time

import pytest

from harness.large import bring_result, converse, fan_out, send_out_agents, settle, show_pictures, so_many

#: Of a view, however much is in its session.
MOST_ELEMENTS = 12_000
MOST_HEAP = 300 << 20
FIRST_SCREEN_SECONDS = 10  # on a busy machine; `make bench PART=page` measures it
SCROLLER = """
    let scroller = document.querySelector("article.turn, main [role=row]");
    while (scroller !== null && !(scroller.scrollHeight > scroller.clientHeight && /auto|scroll/.test(getComputedStyle(scroller).overflowY)))
        scroller = scroller.parentElement;
    scroller ??= document.scrollingElement;
"""


@pytest.fixture
def shown(tab, told):
    """A tab with a session's view, told how soon it was there."""
    def go(relay, session, view=""):
        one = tab(relay, now=None)
        started = time.monotonic()
        one.open(f"/s/{session}{view}")
        seconds = time.monotonic() - started
        told(f"/s/{session}{view}", f"{seconds:.2f} s, {elements(one)} elements, {heap(one) >> 20} MiB of heap")
        assert seconds <= FIRST_SCREEN_SECONDS
        bounded(one)
        return one
    return go


def elements(one):
    return one.page.evaluate("document.querySelectorAll('*').length")


def heap(one):
    return one.page.evaluate("performance.memory.usedJSHeapSize")


def bounded(one):
    assert elements(one) <= MOST_ELEMENTS
    assert heap(one) <= MOST_HEAP


def scroll_through(one, steps=60):
    """Scrolls down in so many steps, and to the very end."""
    for step in range(1, steps + 1):
        one.page.evaluate("async (part) => {" + SCROLLER + """
            scroller.scrollTop = part * (scroller.scrollHeight - scroller.clientHeight);
            await new Promise(requestAnimationFrame);
        }""", step / steps)
        if step % 10 == 0:
            bounded(one)


def wait_at_the_end(one, text):
    """Until a text is shown at the very end, which moves while what stands there is loaded."""
    one.until("text => {" + SCROLLER + "scroller.scrollTop = scroller.scrollHeight; "
              "return document.querySelector('main').innerText.includes(text); }", text, f"“{text}” at the end")


def test_a_session_of_very_many_turns(relay, shown):
    turns = so_many(2_000)
    converse(relay, "long", turns, "words")
    settle(relay, turns)
    one = shown(relay, "long")
    scroll_through(one)
    wait_at_the_end(one, f"long {turns - 1} words")
    for view in ("/tree", "/cache"):
        shown(relay, "long", view)


def test_a_session_of_very_many_agents(relay, shown):
    agents = so_many(300)
    send_out_agents(relay, "crowd", agents)
    settle(relay, agents + 1)
    one = shown(relay, "crowd")
    scroll_through(one)
    shown(relay, "crowd", "/tree")


def test_a_tree_of_very_many_leaves(relay, shown):
    leaves = so_many(100_000)
    fan_out(relay, "leaves", leaves)
    settle(relay, leaves)
    one = shown(relay, "leaves", "/tree")
    one.find_text("question ")
    scroll_through(one)
    # The transcript of one leaf, and how many others leave beside it.
    shown(relay, "leaves")


def test_a_session_of_very_many_images(relay, shown):
    images = so_many(5_000)
    show_pictures(relay, "pictures", images)
    settle(relay, 1)
    one = shown(relay, "pictures")
    scroll_through(one)


def test_a_very_long_result_of_a_tool(relay, shown):
    bring_result(relay, "result", so_many(60 << 20))
    settle(relay, 1)
    # The request gave a turn: its answer stands behind the result.
    shown(relay, "result").wait_text("Read it")
