"""Sessions of every API are read alike: what was said and called, what came back, what is still to come."""
import pytest

from harness.addresses import views
from harness.api import wait_catalogue
from harness.browser import ask
from harness.other_apis import BACKGROUND, COMPLETION, CONVERSE, GEMINI, make_store_of_other_apis
from harness.process import Proxy

SAID = {
    GEMINI: ["You look after tests.", "Which tests fail?", "run_shell_command", "ctest --output-on-failure", "Only parser fails.",
             "Is it in this picture?", "The picture has no test in it."],
    CONVERSE: ["You compute.", "What is 2 and 2?", "A sum is asked for.", "add", "It is four."],
    BACKGROUND: ["Write the long report.", "The long report is written."],
    COMPLETION: ["Once upon a time", "there was a parser."],
}


@pytest.fixture(scope="module")
def others(binary, tmp_path_factory):
    directory = tmp_path_factory.mktemp("apis")
    made = make_store_of_other_apis(binary, directory)
    process = Proxy(binary, directory, "mock", provider="auto", sqlite=made.path)
    wait_catalogue(process, made.count)
    yield process
    assert process.stop() == 0


@pytest.mark.parametrize("session", SAID)
def test_a_session_tells_what_was_said_whatever_the_api(tab, others, session):
    one = tab(others).open(f"/s/{session}")
    for said in SAID[session]:
        one.find_text(said)


@pytest.mark.parametrize("session", SAID)
def test_every_view_of_it_opens(tab, others, session):
    one = tab(others)
    for name, address in views(others, session, CONVERSE if session == GEMINI else GEMINI).items():
        one.open(address)
        assert one.page.locator("main [role=alert]").count() == 0, (name, one.text()[:300])


def test_an_answer_that_came_to_its_own_end_is_not_marked(tab, others):
    """Gemini says STOP of each, as others say stop; a limit that cut one short is told."""
    one = tab(others).open(f"/s/{GEMINI}")
    one.find_text("The picture has no test in it.")
    assert one.page.locator("footer.exchange").count() > 0 and one.page.locator("footer.exchange .chip").count() == 0
    one.open(f"/s/{COMPLETION}")
    one.find_text("stopped: length")


def test_what_a_tool_gave_back_is_within_its_call(tab, others):
    one = tab(others).open(f"/s/{GEMINI}")
    one.page.get_by_role("button", name="run_shell_command").first.click()
    one.wait_text("1 test failed: parser")


def test_an_answer_that_is_still_to_come_is_told_and_its_fetches_are_no_fault(tab, others):
    one = tab(others).open("/")
    row = one.page.get_by_role("row").filter(has_text="Write the long report.")
    assert "pending" in row.inner_text()
    one.open(f"/s/{BACKGROUND}")
    one.wait_text("answer pending")
    one.find_text("It brought the answer of an earlier exchange")
    assert one.page.locator(".dropped").count() == one.page.locator(".dropped.about-earlier").count() == 1
    assert one.page.locator(".session-head dd.bad").count() == 0
    threads = ask(others, f"/v1/sessions/{BACKGROUND}")["thread_list"]
    later = next(item for item in threads if item["title"] == "Write a longer one.")
    one.open(f"/s/{BACKGROUND}?thread={later['number']}")
    one.wait_text("Write a longer one.")
    one.find_text("answer pending")
