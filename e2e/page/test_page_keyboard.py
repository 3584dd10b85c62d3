"""Everything by keyboard alone."""
from harness.browser import ask
from harness.page_store import PARSER


def test_a_session_is_opened_read_and_left_by_keys(tab, recorded):
    one = tab(recorded).open("/")
    sessions = [item["name"] for item in ask(recorded, "/v1/sessions")["sessions"]]
    one.press("j", "j")
    one.until("start => document.activeElement?.matches('[aria-current] a[data-main]') && document.activeElement.getAttribute('href').startsWith(start)",
              f"/s/{sessions[1]}")
    one.press("Enter")
    one.wait_address(f"^/s/{PARSER}")
    one.settle()
    one.wait_text("I read the parser first.")
    one.press("j")
    one.until("() => new URLSearchParams(location.search).has('at')", what="a block is chosen, and the address says so")
    first = one.address
    one.press("]")
    one.until("before => location.pathname + location.search !== before", first)
    one.press("[")
    one.page.go_back()
    one.wait_address("^/(s/|\\?|$)")


def test_views_are_gone_to_by_two_keys(tab, recorded):
    one = tab(recorded).open("/")
    for keys, address in (("g u", "^/usage"), ("g d", "^/delivery"), ("g x", "^/x$"), ("g f", "^/search"), ("g s", "^/$")):
        one.press(keys)
        one.wait_address(address)
        one.settle()
        one.page.evaluate("document.activeElement?.blur()")


def test_search_is_a_slash_away_and_fields_keep_their_keys(tab, recorded):
    one = tab(recorded).open("/usage")
    one.press("/")
    one.until("() => document.activeElement?.type === 'search'")
    one.page.keyboard.type("gradient j k g u ?")
    assert one.address == "/usage"
    one.press("Enter")
    one.wait_address(r"^/search\?query=gradient")


def test_the_help_lists_the_keys_that_work(tab, recorded):
    one = tab(recorded).open("/")
    one.press("?")
    one.page.wait_for_selector("dialog[open]")
    shown = one.page.locator("dialog[open]").inner_text()
    for text in ("Search", "Go to the sessions", "Next session"):
        assert text in shown
    one.press("Escape")
    one.page.wait_for_selector("dialog[open]", state="detached")


def test_the_palette_finds_a_session_and_goes_there(tab, recorded):
    one = tab(recorded).open("/usage")
    one.page.keyboard.press("Control+k")
    one.page.wait_for_selector("dialog[open] [role=combobox]")
    one.page.keyboard.type("Fix the parser")
    found = "(sign) => [...document.querySelectorAll(`dialog[open] [role=option]${sign}`)].some((one) => one.innerText.includes('it loses the last'))"
    one.until(found, "")
    for _ in range(12):
        if one.page.evaluate(found, "[aria-selected=true]"):
            break
        one.press("ArrowDown")
    one.press("Enter")
    one.wait_address(f"^/s/{PARSER}")


def test_tab_comes_to_every_link_and_button_and_shows_where_it_is(tab, recorded):
    one = tab(recorded).open("/usage")
    one.press("Tab")
    assert "Skip to the content" in one.focused()
    seen = set()
    for _ in range(60):
        one.press("Tab")
        state = one.page.evaluate("""() => {
            const at = document.activeElement;
            if (!at || at === document.body) return null;
            const style = getComputedStyle(at);
            // The field of a date marks the part of it that has the focus itself.
            const marked = at.matches("[type=date]") || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
            return [at.outerHTML.slice(0, 120), marked];
        }""")
        if state is None:
            break
        assert state[1], state
        seen.add(state[0])
    assert len(seen) > 12
