"""What a session's view is made of: its outline, folded calls with their summaries, sub-agents, details of what is chosen."""
import re

from harness.browser import ask
from harness.page_store import ASKED, PARSER, SUB_PROMPT


def opened(tab, recorded, query=""):
    one = tab(recorded).open(f"/s/{PARSER}{query}")
    return one, one.page.get_by_role("navigation", name="Outline")


def unfold(one, name, text):
    """Opens a folded call, and waits for what is in it."""
    call = one.page.locator("button.fold-button").filter(has_text=name).first
    assert call.get_attribute("aria-expanded") == "false", f"{name} is folded at first"
    call.click()
    one.wait_text(text)


def test_the_outline_has_what_a_reader_looks_for_and_leads_to_it(tab, recorded):
    one, outline = opened(tab, recorded)
    lines = outline.locator("button.outline-line")
    one.until("() => document.querySelectorAll('button.outline-line').length >= 10")
    told = [text.strip() for text in lines.all_text_contents()]
    for wanted in (f"Prompt, turn 1: {ASKED}", "Error, turn 3: Bash: F.", "Without a turn, turn 3: 529 /v1/messages upstream_status",
                   "Sub-agent, turn 4: Read tests", "Refusal, turn 8: Refused", "Fork, turn 6: Another branch"):
        assert any(re.sub(r"[^\w]*(\w.*)", r"\1", line, count=1).startswith(wanted) for line in told), (wanted, told)
    # What each prompt led to has its part of all that was said; the parts are at most all of it.
    parts = [int(found[1]) for line in told if line.lstrip("❯ ").startswith("Prompt") and (found := re.search(r"(\d+) % of what was said", line))]
    assert len(parts) == 4 and 80 <= sum(parts) <= 101, told
    # A kind is put away and brought back; a line leads to its block, which is then chosen.
    outline.get_by_role("button", name="4 prompts").click()
    assert not any("Prompt, turn" in text for text in lines.all_text_contents())
    outline.get_by_role("button", name="4 prompts").click()
    lines.filter(has_text="Refused").click()
    one.wait_text("I can not push for you.")


def test_a_summary_that_a_thread_begins_with_is_a_compaction(tab, recorded):
    threads = ask(recorded, f"/v1/sessions/{PARSER}")["thread_list"]
    later = next(item for item in threads if item["continues"] is not None)
    one, outline = opened(tab, recorded, f"?thread={later['number']}")
    one.wait_text("The change is committed.")
    assert f"thread {later['continues']}" in outline.inner_text()


def test_a_call_and_what_came_back_are_one_folded_block_with_its_own_summary(tab, recorded):
    one, _ = opened(tab, recorded)
    for tool, summary in (("Read", "src/parser.py"), ("Edit", "src/parser.py"), ("Bash", "python -m pytest -q tests"),
                          ("Grep", "lines\\( in src")):
        one.page.locator("button.fold-button").filter(has_text=tool).filter(has_text=summary).first.wait_for()
    assert "error" in one.page.locator("button.fold-button").filter(has_text="pytest").text_content()
    unfold(one, "Bash", "1 failed, 1 passed in 0.04s")
    unfold(one, "Edit", "The file src/parser.py has been updated.")
    edit = one.page.locator("pre.diff").first
    assert '- ' + '    return text.split("\\n")[:-1]' in edit.locator("del").text_content()
    assert '+ ' + '    return text.split("\\n") if text else []' in edit.locator("ins").text_content()


def test_thinking_and_what_the_client_put_there_are_set_apart(tab, recorded):
    one, _ = opened(tab, recorded)
    assert one.page.locator("button.fold-button").filter(has_text="Thinking").first.get_attribute("aria-expanded") == "false"
    put = one.page.locator("button.fold-button").filter(has_text="Put there by the client").first
    assert put.get_attribute("aria-expanded") == "false" and "system-reminder" in put.text_content()
    put.click()
    one.wait_text("The working directory is clean.")


def test_what_went_wrong_stands_where_it_happened(tab, recorded):
    one, _ = opened(tab, recorded)
    one.find_text("529")
    order = ask(recorded, f"/v1/sessions/{PARSER}/transcript?turns=200&dropped=true")["entries"]
    places = [index for index, item in enumerate(order) if item["type"] == "exchange" and item["drop_reason"]]
    assert len(places) == 1
    # In the view it stands between what was said before and behind.
    kinds = one.page.evaluate("""() => [...document.querySelectorAll("main .dropped, main footer.exchange")].map((item) =>
        item.classList.contains("dropped") ? item.innerText : "turn")""")
    at = next(index for index, text in enumerate(kinds) if "529" in text)
    assert kinds[:at].count("turn") == 3 and "turn" in kinds[at:]
    one.find_text("stopped: refusal")
    one.find_text("I can not push for you.")


def test_images_are_shown(tab, recorded):
    one, _ = opened(tab, recorded)
    one.find_text("Image, image/png")
    picture = one.page.locator("main img").first
    one.until("() => [...document.querySelectorAll('main img')].every((image) => image.complete && image.naturalWidth > 0)")
    assert picture.get_attribute("alt") and picture.get_attribute("src").startswith("/")


def test_a_sub_agent_opens_within_the_call_that_began_it(tab, recorded):
    one, _ = opened(tab, recorded)
    one.find_text("Look for missing cases")
    thread = one.page.locator(".thread").first
    assert "The case without a final line feed is missing." not in thread.inner_text()
    thread.locator("button.fold-button").first.click()
    thread.get_by_text("The case without a final line feed is missing.").first.wait_for()
    assert SUB_PROMPT in thread.inner_text()
    assert thread.evaluate("one => one.closest('.block-tool_call') !== null")


def test_details_tell_what_gave_a_block_and_what_that_cost(tab, recorded):
    one, _ = opened(tab, recorded)
    one.page.get_by_text("I read the parser first.").click()
    details = one.page.get_by_role("complementary", name="Details")
    details.get_by_text("Exchange", exact=True).wait_for()
    turn = next(item for item in ask(recorded, f"/v1/sessions/{PARSER}/exchanges")["exchanges"] if item["drop_reason"] is None)
    told = details.inner_text()
    for name in ("Message", "Role", "Turn", "Place", "Size", "ID", "Model", "Sent", "First byte", "Took", "Stopped", "Cost", "Cache read",
                 "Cache written", "Other input", "Output"):
        assert name in told, (name, told)
    assert turn["id"][:13] in told and "4,200" in told and f"${turn['cost']['usd']:.4f}" in told
    details.get_by_text("Parameters").click()
    details.get_by_text("max_tokens").first.wait_for()
    assert "32000" in re.sub(r"[,\s]", "", details.inner_text())
    details.get_by_text("Raw JSON").click()
    details.get_by_text("I read the parser first.").first.wait_for()
    # The block has a permanent link, which leads back to it.
    one.wait_address(r"at=")
    address = one.address
    one.open(address)
    details.get_by_text("Exchange", exact=True).wait_for()
    assert one.page.locator("[aria-current=true], .chosen").count() > 0


def test_what_a_session_shows_first_is_asked_for_once_before_its_code_is_there(tab, recorded):
    one, _ = opened(tab, recorded)
    one.wait_text(ASKED)
    first = [url for url in one.requests if f"/v1/sessions/{PARSER}/transcript?from=1&turns=21" in url]
    assert len(first) == 1 and len([url for url in one.requests if url.endswith(f"/v1/sessions/{PARSER}")]) == 1, one.requests
    code = next(url for url in one.requests if re.search(r"/assets/session\.", url))
    assert one.requests.index(first[0]) < one.requests.index(code)
    # Whether this browser may read is told by these answers, not by a question before them.
    assert not [url for url in one.requests if "/v1/sessions?" in url]
