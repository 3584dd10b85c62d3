"""Who sees the record: a browser that came with a code of `tapes open`, and no other."""
import json

from harness.browser import LATE, base_of, entrance


def test_a_browser_without_a_cookie_sees_how_to_get_one(tab, recorded):
    one = tab(recorded, enter=False)
    for address in ("/", "/s/parser-work", "/usage", "/x/1"):
        one.page.goto(one.base + address)
        one.page.wait_for_selector("main.entrance")
        assert "tapes open" in one.text() and "parser" not in one.text()
        assert one.address == address
    assert one.axe() == []
    one.expect(r"status of 401")


def test_a_refusal_that_comes_before_the_page_is_at_rest_is_seen(tab, recorded):
    one = tab(recorded, enter=False)
    one.context.add_init_script(LATE)
    for address in ("/s/parser-work", "/usage"):
        one.page.goto(one.base + address)
        one.page.wait_for_selector("main.entrance")
    one.expect(r"status of 401")


def test_a_code_opens_the_page_once_and_leaves_no_trace_in_the_address(tab, recorded):
    address = entrance(recorded, "parser-work")
    one = tab(recorded, enter=False)
    one.page.goto(address)
    one.page.wait_for_selector("header.shell")
    one.wait_text("Fix the parser")
    assert one.address == "/s/parser-work" and "code" not in one.page.url
    assert not any("code=" in url for url in one.requests)
    cookie, = one.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and recorded.token() not in json.dumps(cookie)
    assert one.page.evaluate("document.cookie") == ""
    assert one.page.evaluate("Object.keys(localStorage).filter((name) => /code|token|cookie/.test(name))") == []
    one.open("/usage")  # and stays open
    other = tab(recorded, enter=False)
    other.page.goto(address)
    other.page.wait_for_selector("main.entrance [role=alert]")
    assert not other.cookies()
    other.expect(r"status of 40[0-9]")


def test_another_site_can_do_nothing_with_the_cookie(tab, recorded, chromium, tmp_path):
    one = tab(recorded)
    one.open("/")
    (tmp_path / "evil.html").write_text(f"<iframe src='{base_of(recorded)}/'></iframe><h1>elsewhere</h1>")
    other = one.context.new_page()
    other.goto(f"file://{tmp_path}/evil.html")
    answers = other.evaluate("""async (base) => {
        const told = [];
        for (const [path, method] of [["/v1/sessions", "GET"], ["/v1/browser/session", "DELETE"], ["/v1/usage", "GET"]]) {
            told.push(await fetch(base + path, { method, credentials: "include" }).then((answer) => answer.status, () => "refused"));
            told.push(await fetch(base + path, { method, credentials: "include", mode: "no-cors" }).then((answer) => answer.type, () => "refused"));
        }
        return told;
    }""", base_of(recorded))
    assert set(answers) <= {"refused", "opaque"}, answers
    assert other.frames[1].evaluate("document.body?.innerText ?? ''").find("Sessions") < 0
    other.close()
    one.open("/usage")  # still entered
    one.forgive("a window was opened|another host: file:|Framing|frame-ancestors|CORS policy|ERR_FAILED|X-Frame|preflight|status of 40")
