"""Every view shows what the read API says, and its address is its state."""
import json
import re
import time

from harness import chat
from harness.addresses import views
from harness.browser import LATE, ask
from harness.page_store import ASKED, CODE, NOW, PARSER, SUB_PROMPT
from harness.wire import Answering, chunk


def figure(value):
    return f"{value:,}"


def words(text):
    return re.sub(r"\s+", " ", text)


def test_sessions_are_listed_with_what_the_api_says(tab, recorded):
    one = tab(recorded).open("/")
    sessions = ask(recorded, "/v1/sessions")["sessions"]
    rows = one.page.locator("[data-index]")
    assert rows.count() == len(sessions)
    for index, session in enumerate(sessions):
        row = words(rows.nth(index).inner_text())
        for shown in (session["title"], session["project"], session["agent"], session["model"]):
            assert not shown or shown in row, (shown, row)
        assert re.search(rf"\b{session['turns']}\b", row)
    assert rows.nth(1).locator("a[data-main]").get_attribute("href").startswith(f"/s/{PARSER}")


def test_filters_of_sessions_are_the_address(tab, recorded):
    one = tab(recorded).open("/?project=ledger")
    ledger = len(ask(recorded, "/v1/sessions?project=ledger")["sessions"])
    rows = one.page.locator("[data-index]")
    assert rows.count() == ledger
    one.page.get_by_role("button", name=re.compile("^Remove the filter .*ledger")).click()
    one.until("count => document.querySelectorAll('[data-index]').length === count", len(ask(recorded, "/v1/sessions")["sessions"]))
    assert one.address == "/"
    one.page.go_back()
    one.until("count => document.querySelectorAll('[data-index]').length === count", ledger)
    assert one.address == "/?project=ledger"
    one.page.reload()
    one.settle()
    assert rows.count() == ledger
    one.open("/?project=nobody")
    one.wait_text("No session")


def test_a_session_tells_all_that_was_said_and_done(tab, recorded):
    one = tab(recorded).open(f"/s/{PARSER}")
    for said in (ASKED, "I read the parser first.", "The parser kept every line but one", "python -m pytest -q tests",
                 "529", "It shows a gradient, and no parser.", "I can not push for you."):
        one.find_text(said)
    one.find_text("The parser kept every line but one")
    assert one.page.locator("main table th", has_text="parsed").count() == 1  # Markdown
    assert one.page.locator("main pre code", has_text="def lines(text)").count() >= 1
    link = one.page.locator("main a", has_text="the specification")
    assert link.get_attribute("href") == "https://example.org/lines"
    outline = one.page.get_by_role("navigation", name="Outline")
    assert ASKED in words(outline.inner_text())
    session = ask(recorded, f"/v1/sessions/{PARSER}")
    assert str(session["turns"]) in one.text()


def test_threads_of_a_session_are_in_the_address(tab, recorded):
    threads = ask(recorded, f"/v1/sessions/{PARSER}")["thread_list"]
    sub = next(item for item in threads if item["kind"] == "subagent")
    one = tab(recorded).open(f"/s/{PARSER}?thread={sub['number']}")
    one.wait_text(SUB_PROMPT)
    one.wait_text("The case without a final line feed is missing.")
    assert "It shows a gradient" not in one.text()


def test_a_node_has_an_address_that_leads_to_it(tab, recorded):
    told = ask(recorded, f"/v1/sessions/{PARSER}/transcript?turns=200")["entries"]
    asked = next(item for item in told if item["type"] == "message" and item["role"] == "assistant")
    one = tab(recorded).open(f"/n/{asked['hash']}")
    one.wait_text("I read the parser first.")
    assert "The parser kept every line" not in one.text()  # the chain ends there


def test_a_tree_has_every_branch_and_compares_two(tab, recorded):
    branches = [item for item in ask(recorded, f"/v1/sessions/{PARSER}/tree")["entries"] if item["type"] == "branch"]
    one = tab(recorded).open(f"/s/{PARSER}/tree")
    for branch in branches:
        if branch["words"]:
            one.wait_text(branch["words"][:40])


def test_every_branch_says_what_made_it(tab, recorded):
    branches = [item for item in ask(recorded, f"/v1/sessions/{PARSER}/tree")["entries"] if item["type"] == "branch"]
    made = {item["node"]: item["made_by"] for item in branches if item["made_by"]}
    assert {"edit", "continuation"} & set(made.values()), made
    one = tab(recorded).open(f"/s/{PARSER}/tree")
    notes = one.until("count => [...document.querySelectorAll('.origin-note')].length >= count && "
                      "[...document.querySelectorAll('.origin-note')].map((one) => one.innerText)", len(made))
    for cause in made.values():
        assert any(cause in note for note in notes), (cause, notes)
    # In the transcript: how the branch came about that is read, and each of the others.
    one.open(f"/s/{PARSER}")
    fork = [item for item in ask(recorded, f"/v1/sessions/{PARSER}/transcript?turns=200")["entries"]
            if item["type"] == "fork"][-1]
    one.find_text(fork["branches"][0]["hash"][:12])
    told = one.page.locator(f".fork[data-key='fork.{fork['node']}']").inner_text()
    for cause in [fork["here"], *(item["made_by"] for item in fork["branches"])]:
        assert cause is None or cause in told, (cause, told)


def test_a_thread_leads_to_the_one_it_goes_on_from(tab, recorded):
    threads = ask(recorded, f"/v1/sessions/{PARSER}")["thread_list"]
    later = next(item for item in threads if item["continues"] is not None)
    one = tab(recorded).open(f"/s/{PARSER}?thread={later['number']}")
    one.page.locator(".outline a", has_text=f"thread {later['continues']}").click()
    one.wait_address(rf"thread={later['continues']}$")
    one.wait_text("I read the parser first.")
    back = one.page.locator(".outline a", has_text=f"thread {later['number']}")
    back.click()
    one.wait_address(rf"thread={later['number']}$")
    one.wait_text("The change is committed.")


def test_a_comparison_shows_the_words_that_differ(tab, recorded):
    forked = [item for item in ask(recorded, f"/v1/sessions/{PARSER}/tree")["entries"]
              if item["type"] == "branch" and "change log" in (item["words"] or "")]
    left, right = (item["hash"] for item in forked[:2])
    one = tab(recorded).open(f"/compare?kind=chains&left={left}&right={right}")
    one.wait_text("change log")
    assert one.page.locator("main ins, main del").count() > 0
    assert "in one sentence" in words(" ".join(one.page.locator("main ins, main del").all_inner_texts()))


def test_a_comparison_is_led_to_what_its_names_mean_however_soon(tab, recorded):
    one = tab(recorded)
    one.context.add_init_script(LATE)
    one.open("/compare?left=parser-work&right=parser-work")
    one.wait_text("Two sessions compared")
    assert "kind=sessions" in one.address


def test_a_missed_cache_is_explained_with_its_cost(tab, recorded):
    missed = ask(recorded, f"/v1/sessions/{PARSER}/cache")
    worst = missed["worst"][0]
    assert worst["causes"][0] == "tool_changed"
    one = tab(recorded).open(f"/s/{PARSER}/cache")
    one.wait_text("tool changed")
    one.open(f"/x/{worst['id']}/cache")
    one.wait_text("Bash")
    one.wait_text("in the sandbox")


def test_usage_is_what_the_api_sums_up(tab, recorded):
    one = tab(recorded).open("/usage?by=model&since=2026-03-01")
    usage = ask(recorded, "/v1/usage?by=model&since=2026-03-01")
    for row in usage["usage"]:
        one.wait_text(row["model"])
    one.wait_text(f"${usage['total']['cost']['usd']:.4f}" if usage["total"]["cost"]["usd"] < 0.1 else "$")
    one.open("/usage?by=tool")
    for tool in ask(recorded, "/v1/tools")["tools"]:
        one.wait_text(tool["tool"])


def test_an_exchange_is_told_from_its_head_to_what_became_of_it(tab, recorded):
    exchanges = ask(recorded, f"/v1/sessions/{PARSER}/exchanges")["exchanges"]
    turn = next(item for item in exchanges if item["drop_reason"] is None)
    one = tab(recorded).open(f"/x/{turn['id']}")
    one.wait_text(turn["path"])
    one.wait_text("200")
    dropped = next(item for item in exchanges if item["drop_reason"] == "upstream_status")
    one.open(f"/x/{dropped['id']}")
    one.wait_text("529")
    one.wait_text("The provider answered with an error.")


def test_the_waterfall_tells_each_step_of_an_exchange(tab, proxy, upstream):
    events = chat.stream_events("One. ", "Two. ", "Three.")

    def answer(peer, head, body):
        peer.send(chat.SSE_HEAD)
        for event in events:
            peer.send(chunk(event))
            time.sleep(0.02)
        peer.send(b"0\r\n\r\n")
    relay = proxy(upstream(Answering(answer)), settings={"record.wire": "all"})
    relay.fetch(chat.turn("hello", stream=True))
    row = relay.store.only()
    one = tab(relay, now=None).open(f"/x/{row['id']}")
    told = one.page.locator(".waterfall svg").first.get_attribute("aria-label")
    places = [told.find(name + ":") for name in ("Connecting", "Sending", "Waiting", "Answer", "Storing")]
    assert -1 not in places and places == sorted(places), told
    moments = one.page.locator("table.moments tbody tr")
    assert [moments.nth(n).locator("td").first.inner_text() for n in range(moments.count())] == [
        "Request accepted", "Provider connected", "Request sent", "First byte of the answer", "Last byte of the answer",
        "Committed to the store"]
    assert "not in the record" not in one.text()
    assert re.search(r"The answer came in \d+ pieces", one.text()) and one.page.locator(".span-piece").count() > 2
    # Its events with their times, its bodies raw and decoded, and as cURL.
    one.page.get_by_role("tab", name="Events").click()
    one.wait_text("Two.")
    one.page.get_by_role("tab", name="cURL").click()
    one.wait_text("curl")
    assert "/v1/chat/completions" in one.page.locator("main pre").last.inner_text()


def test_a_search_finds_what_was_said_and_leads_to_it(tab, recorded):
    hits = ask(recorded, "/v1/search?query=gradient")["hits"]
    one = tab(recorded).open("/search?query=gradient")
    one.wait_text("gradient")
    assert one.page.locator("main mark").first.inner_text().lower() == "gradient"
    one.page.locator("main a", has_text="gradient").first.click()
    one.find_text("It shows a gradient, and no parser.")
    assert hits[0]["hash"][:8] in one.address or f"/s/{PARSER}" in one.address
    one.page.go_back()
    one.wait_address("^/search")
    one.open("/search?query=nowhere-to-be-found")
    one.wait_text("Nothing")


def test_a_search_that_is_wrong_says_what_is_wrong(tab, recorded):
    one = tab(recorded).open("/search?query=modle%3Ax")
    one.page.wait_for_selector("main [role=alert]")
    assert "modle" in one.text()
    one.expect("status of 400")


def test_what_is_not_there_is_said_with_the_reason(tab, recorded):
    one = tab(recorded)
    for address in ("/s/nobody", "/n/" + "a" * 64, "/x/0190", "/s/nobody/tree", "/s/nobody/cache",
                    f"/s/{PARSER}?thread=99"):
        one.open(address)
        one.page.wait_for_selector("main [role=alert]")
        one.forgive("status of 4")


def test_every_view_has_a_title_and_one_first_heading(tab, recorded):
    one, titles = tab(recorded, now=NOW), set()
    for name, address in views(recorded, PARSER, CODE).items():
        one.open(address)
        assert one.page.title().endswith("tapes") and len(one.page.title()) > 7, name
        titles.add(one.page.title())
        assert one.page.locator("h1").count() == 1, name
        one.until("wanted => location.pathname + location.search === wanted", address, f"{name} keeps its address")
    assert len(titles) >= 8


def test_what_did_not_pass_the_proxy_is_marked(tab, proxy, mock):
    relay = proxy(mock)
    relay.fetch(chat.turn("relayed"))
    turn = {"provider": "openai", "request": json.loads(chat.request_body("hi")), "response": json.loads(chat.completion("Hello."))}
    status, _, told = relay.ask("/v1/ingest", 30, "POST", json.dumps(turn).encode(), **{"Content-Type": "application/json"})
    assert status == 202
    one = tab(relay).open("/x")
    rows = one.page.get_by_role("row").filter(has_text="/v1/chat/completions")
    rows.nth(1).wait_for()
    assert ["[ingest]" in text for text in rows.all_inner_texts()] == [True, False]
    one.open(f"/x/{json.loads(told)['id']}")
    one.page.get_by_text("Came by", exact=True).wait_for()
    assert one.page.locator("dl.facts div", has_text="Came by").inner_text().split() == ["Came", "by", "ingest"]
