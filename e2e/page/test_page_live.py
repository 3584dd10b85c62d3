"""The page follows what is recorded, while an answer streams, across a restart and a kill of the process."""
import json
import threading

import pytest

from harness import chat, messages
from harness.chat import SSE_HEAD
from harness.recorder import streamed, usage
from harness.wire import Answering, chunk, wait_until

import test_background as background

SESSION = b"session_id: live-work\r\n"


@pytest.fixture
def talk(proxy, upstream):
    """A process, and the steps of a streamed answer that the test lets go one by one."""
    class Talk:
        steps: list[threading.Event] = [threading.Event() for _ in range(8)]
    talk = Talk()
    talk.steps = [threading.Event() for _ in range(8)]

    def answer(peer, head, body):
        asked = json.loads(body)["messages"][-1]["content"]
        if asked != "slowly":
            peer.send(chat.answer(chat.completion(f"answer to {asked}")))
            return
        events = chat.stream_events("First part. ", "Second part. ", "Third part.")
        peer.send(SSE_HEAD + chunk(events[0]) + chunk(events[1]))
        for number, event in enumerate(events[2:]):
            talk.steps[number].wait(60)
            peer.send(chunk(event))
        peer.send(b"0\r\n\r\n")
    talk.upstream = upstream(Answering(answer))
    talk.relay = proxy(talk.upstream)
    return talk


def say(talk, text, **more):
    answer = talk.relay.fetch(chat.turn(text, fields=SESSION, **more), 60)
    # The catalogue, by which sessions are found, follows the log a little later.
    wait_until(lambda: talk.relay.ask("/v1/sessions/live-work")[0] == 200, 30, "the session in the catalogue")
    return answer


def test_a_session_appears_in_the_list_and_grows_in_its_view(talk, tab):
    one = tab(talk.relay, now=None).open("/")
    one.wait_text("Nothing is recorded yet")
    say(talk, "good morning")
    one.wait_text("good morning")
    one.open("/s/live-work")
    one.wait_text("answer to good morning")
    history = [{"role": "user", "content": "good morning"},
               {"role": "assistant", "content": "answer to good morning", "refusal": None}, {"role": "user", "content": "and now?"}]
    talk.relay.fetch(chat.turn(messages=history, fields=SESSION))
    one.find_text("answer to and now?")


def test_an_answer_is_read_while_it_streams(talk, tab):
    say(talk, "hello")
    one = tab(talk.relay, now=None).open("/s/live-work")
    one.wait_text("answer to hello")
    one.page.wait_for_selector(".live-open")
    asking = threading.Thread(target=say, args=(talk, "slowly"), kwargs={"stream": True})
    asking.start()
    try:
        # Of another thread than the one that is shown: it is told at its end, and stays readable in its own.
        one.find_text("First part.")
        assert "Second part." not in one.text() and "Third part." not in one.text()
        talk.steps[0].set()
        one.find_text("Second part.")
        assert "Third part." not in one.text()
    finally:
        for step in talk.steps:
            step.set()
        asking.join()
    wait_until(lambda: talk.relay.ask("/v1/sessions/live-work/transcript?thread=2")[0] == 200, 30, "the thread in the catalogue")
    one.open("/s/live-work?thread=2")
    one.find_text("Third part.")


def test_the_page_goes_on_after_a_kill_and_a_restart(talk, proxy, tab):
    say(talk, "before")
    one = tab(talk.relay, now=None).open("/")
    one.wait_text("before")
    one.page.wait_for_selector(".live-open")
    port = talk.relay.admin_port
    for name, stop in (("killed", talk.relay.kill), ("stopped", lambda: talk.relay.stop())):
        stop()
        one.page.wait_for_selector(".live-lost")
        talk.relay = proxy(talk.upstream, admin_port=port)
        one.page.wait_for_selector(".live-open")
        talk.relay.fetch(chat.turn(f"after it was {name}", fields=b"session_id: %s\r\n" % name.encode()))
        one.wait_text(f"after it was {name}")
    one.forgive("ERR_|Failed to load resource|status of 50")


def test_another_tab_and_a_moved_theme_keep_their_place(tab, recorded):
    one = tab(recorded).open("/?project=shop")
    one.page.get_by_role("button", name="Colours").click()
    one.page.reload()
    one.settle()
    one.until("() => document.documentElement.dataset.theme === 'light'")
    assert one.address == "/?project=shop"


PROMPT = 'Read "src/parser.cpp"\nand report what is missing.'


@pytest.fixture
def agents(proxy, upstream):
    """A process whose upstream calls a sub-agent at first, and answers what that is asked piece by piece, as the test says."""
    class Agents:
        steps: list[threading.Event] = [threading.Event() for _ in range(8)]
    agents = Agents()
    agents.steps = [threading.Event() for _ in range(8)]
    task = {"id": "call_task_0001", "type": "function", "function": {"name": "Task", "arguments": json.dumps(
        {"description": "Look for what is missing", "prompt": PROMPT})}}
    agents.calls = {"role": "assistant", "content": None, "tool_calls": [task]}

    def answer(peer, head, body):
        asked = json.loads(body)
        if not asked.get("stream"):
            last = asked["messages"][-1]
            peer.send(chat.answer(chat.completion(message=agents.calls, finish="tool_calls") if last["role"] == "user"
                                  else chat.completion("All is done.")))
            return
        pieces = ("More of it. ", "And its end.") if len(asked["messages"]) > 1 else ("First part. ", "Second part.")
        events = chat.stream_events(*pieces)
        first = 2 if len(asked["messages"]) > 1 else 0
        peer.send(SSE_HEAD + chunk(events[0]) + chunk(events[1]))
        agents.steps[first].wait(60)
        peer.send(chunk(events[2]))
        agents.steps[first + 1].wait(60)
        for event in events[3:]:
            peer.send(chunk(event))
        peer.send(b"0\r\n\r\n")
    agents.relay = proxy(upstream(Answering(answer)))
    return agents


@pytest.mark.parametrize("named", [True, False], ids=["named by the client", "found by its prompt"])
def test_a_sub_agents_answer_streams_within_the_call_that_began_it(agents, tab, named):
    fields = SESSION + (b"x-claude-code-agent-id: agent-7\r\n" if named else b"")
    begun = [{"role": "user", "content": "Fix the parser"}]
    agents.relay.fetch(chat.turn(messages=begun, fields=SESSION), 60)
    wait_until(lambda: agents.relay.ask("/v1/sessions/live-work")[0] == 200, 30, "the session in the catalogue")
    one = tab(agents.relay, now=None).open("/s/live-work")
    one.wait_text("Look for what is missing")
    one.page.wait_for_selector(".live-open")
    within = ".block-tool_call .live-in-call"

    def streams(step, messages, first, second):
        asking = threading.Thread(target=lambda: agents.relay.fetch(
            chat.turn(messages=messages, fields=fields, stream=True), 60))
        asking.start()
        try:
            one.until("([within, text]) => document.querySelector(within)?.textContent.includes(text)", [within, first],
                      f"{first!r} within the call")
            assert not one.page.query_selector(".live-answers:not(.live-in-call) .message"), "at the end of the main thread, too"
            assert second not in one.text()
            agents.steps[step].set()
            one.until("([within, text]) => document.querySelector(within)?.textContent.includes(text)", [within, second],
                      f"{second!r} within the call")
        finally:
            for event in agents.steps[step:step + 2]:
                event.set()
            asking.join()
        # Once it is stored the thread has it.
        one.until("(within) => document.querySelector(within) === null", within, "the answer's end")
    history = [{"role": "user", "content": PROMPT}]
    streams(0, history, "First part.", "Second part.")
    opened = one.page.wait_for_selector(".thread .fold-button")
    opened.click()
    one.find_text("Second part.")
    history += [{"role": "assistant", "content": "First part. Second part."}, {"role": "user", "content": "Go on"}]
    streams(2, history, "More of it.", "And its end.")
    one.find_text("And its end.")
    # What the main thread says stands at its own end.
    begun += [agents.calls, {"role": "tool", "tool_call_id": "call_task_0001", "content": "And its end."}]
    agents.relay.fetch(chat.turn(messages=begun, fields=SESSION), 60)
    one.find_text("All is done.")


def test_an_exchange_and_what_brought_its_answer_lead_to_each_other(proxy, upstream, tab):
    """And a stream that is resumed shows in the question's session."""
    events = background.stream_of("the start", " and the", " rest")
    go_on = threading.Event()

    def slowly(peer, head, body):
        peer.send(SSE_HEAD + chunk(events[3]))
        go_on.wait(60)
        peer.send(b"".join(map(chunk, events[4:])) + b"0\r\n\r\n")

    relay = proxy(upstream(Answering(background.cut(events[:4]), slowly)))
    try:
        relay.fetch(chat.post(chat.dumps({"model": "gpt-5", "input": "q", "stream": True, "prompt_cache_key": "night"}),
                              path=b"/v1/responses"))
    except Exception:  # it is cut
        pass
    wait_until(lambda: relay.ask("/v1/sessions/night")[0] == 200, 30, "the session in the catalogue")
    one = tab(relay, now=None).open("/s/night")
    one.wait_text("the start")
    fetching = threading.Thread(target=relay.fetch, args=(background.get(query=b"?stream=true&starting_after=2"), 60))
    fetching.start()
    one.wait_text("the start and the")
    go_on.set()
    fetching.join()
    one.wait_text("the start and the rest")
    asked, fetched = (row["id"] for row in relay.store.wait_exchanges(2))
    one.open(f"/x/{fetched}")
    one.page.get_by_role("link", name="The exchange that asked for it").click()
    wait_until(lambda: asked in one.address or None, what="the exchange that asked")
    one.page.get_by_role("link", name="The exchange that brought its answer").click()
    wait_until(lambda: fetched in one.address or None, what="the exchange that fetched")
