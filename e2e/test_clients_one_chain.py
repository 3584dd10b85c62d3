"""Histories as real clients bring them back: one chain for each conversation, and what its bytes give."""
import json

import pytest

from harness import chat
from harness.websocket import frame, handshake, take_message
from harness.wire import Answering, chunk

from test_websocket import BETA, agreement

CODEX = b"User-Agent: codex_cli_rs/0.171.0 (Debian 12; x86_64) xterm\r\noriginator: codex_cli_rs\r\n"


def user(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def said(text):
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}]}


def thought(sealed, name="rs_1"):
    return {"id": name, "type": "reasoning", "summary": [], "encrypted_content": sealed}


def events(number, done, completed=None):
    """The items as `response.output_item.done` gives them, and as `response.completed` does."""
    whole = {"id": f"resp_{number}", "object": "response", "status": "completed", "error": None, "model": "gpt-5",
             "output": done if completed is None else completed,
             "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}
    return [{"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}},
            *({"type": "response.output_item.done", "output_index": at, "item": one} for at, one in enumerate(done)),
            {"type": "response.completed", "response": whole}]


def streamed(*answer):
    return (chat.SSE_HEAD + b"".join(chunk(b"data: " + chat.dumps(one) + b"\n\n") for one in events(*answer)) +
            b"0\r\n\r\n")


def on_socket(*answer):
    return b"".join(frame(chat.dumps(one)) for one in events(*answer))


def by_codex(item):
    return {name: value for name, value in item.items() if name not in ("id", "status")}


def ask(relay, items, **more):
    body = {"model": "gpt-5", "instructions": "Be brief.", "input": items, "stream": True, "store": False, **more}
    relay.fetch(chat.post(chat.dumps(body), path=b"/v1/responses", fields=CODEX))


def hashes(relay):
    return {node["hash"] for node in relay.store.nodes()}


def assert_one_chain(relay, run, turns, leaves=1):
    rows = relay.store.wait_exchanges(turns)
    assert [row["drop_reason"] or "" for row in rows] == [""] * turns
    nodes = relay.store.nodes()
    parents = {node["parent_hash"] for node in nodes}
    assert sum(node["parent_hash"] is None for node in nodes) == 1
    assert sum(node["hash"] not in parents for node in nodes) == leaves
    assert_proved(relay, run)
    return rows


def assert_proved(relay, run):
    code, out, err = run("verify", "--sqlite", relay.store.path, "--json")
    assert (code, err, json.loads(out)["findings"]) == (0, "", [])


FIRST = [thought("gAAAA-done"), said("One.")], [thought("gAAAA-completed"), said("One.")]
SECOND = [thought("gBBBB-done", "rs_2"), said("Two.")], [thought("gBBBB-completed", "rs_2"), said("Two.")]
THIRD = [said("Three.")], [said("Three.")]


@pytest.mark.parametrize("settings", [{}, {"record.wire": "none"}])
def test_encrypted_reasoning_of_any_event_is_the_same_answer_after_a_restart_too(proxy, upstream, run, settings):
    site = upstream(Answering(streamed(1, *FIRST), streamed(2, *SECOND)))
    relay = proxy(site, settings=settings)
    first = [user("Go."), *map(by_codex, FIRST[0]), user("And?")]
    ask(relay, [user("Go.")])
    ask(relay, first)
    assert_one_chain(relay, run, 2)
    assert relay.stop() == 0
    again = proxy(upstream(Answering(streamed(3, *THIRD))), settings=settings)
    ask(again, [*first, *map(by_codex, SECOND[0]), user("So?")])
    assert_one_chain(again, run, 3)


def test_store_made_again_knows_what_was_sealed_anew(proxy, upstream, run, workspace):
    relay = proxy(upstream(Answering(streamed(1, *FIRST), streamed(2, *SECOND))))
    ask(relay, [user("Go.")])
    ask(relay, [user("Go."), *map(by_codex, FIRST[0]), user("And?")])
    relay.store.wait_exchanges(2)
    assert relay.stop() == 0
    variants = relay.store.rows("SELECT value FROM node_variant ORDER BY node, value")
    assert len(variants) == 2
    made = workspace / "again.sqlite"
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", made)
    assert (code, err) == (0, ""), out
    assert type(relay.store)(made).rows("SELECT value FROM node_variant ORDER BY node, value") == variants


def test_warm_up_that_asks_nothing_is_the_beginning_on_a_socket_as_over_http(proxy, upstream, run, workspace):
    """Codex: prepare with nothing, ask by that name; on the next connection the same with the whole history."""
    def script(peer):
        peer.take_head()
        peer.send(agreement())
        for answer in script.answers.pop(0):
            take_message(peer, controls=False)
            peer.send(answer)
        take_message(peer)
    script.answers = [
        [on_socket("warm1", [], []), on_socket(1, *FIRST), on_socket(2, *SECOND)],
        [on_socket("warm2", [], []), on_socket(3, *THIRD)],
    ]
    common = {"type": "response.create", "model": "gpt-5", "store": False, "stream": True}
    warm_up = {**common, "generate": False, "input": []}
    asked = {**common, "instructions": "Be brief."}
    first = [user("Go.")]
    second = [*first, *map(by_codex, FIRST[0]), user("And?")]
    third = [*second, *map(by_codex, SECOND[0]), user("So?")]
    runs = [[warm_up, {**asked, "previous_response_id": "resp_warm1", "input": first},
             {**asked, "previous_response_id": "resp_1", "input": [user("And?")]}],
            [warm_up, {**asked, "previous_response_id": "resp_warm2", "input": third}]]
    relay = proxy(upstream(script))
    for one in runs:
        with relay.connect() as client:
            client.send(handshake(fields=BETA))
            assert client.take_head().status == 101
            for body in one:
                client.send(frame(chat.dumps(body), masked=True))
                while json.loads(take_message(client, controls=False)[1])["type"] != "response.completed":
                    pass
            client.send(b"")
    rows = assert_one_chain(relay, run, 5)
    assert [row["head_hash"] is None for row in rows] == [True, False, False, True, False]
    recorded = hashes(relay)
    assert relay.stop() == 0
    over_http = proxy(upstream(Answering(streamed(1, *FIRST), streamed(2, *SECOND), streamed(3, *THIRD))),
                      sqlite=workspace / "http.sqlite")
    for items in (first, second, third):
        ask(over_http, items)
    assert_one_chain(over_http, run, 3)
    assert hashes(over_http) == recorded


def test_compaction_is_a_message_of_its_own_and_may_be_sealed_anew(proxy, upstream, run):
    def compacted(sealed):
        return {"id": "cmp_1", "type": "compaction", "encrypted_content": sealed}
    inline = [compacted("gCCCC-done"), said("Went on.")], [compacted("gCCCC-completed"), said("Went on.")]
    relay = proxy(upstream(Answering(streamed(1, [said("A.")]), streamed(2, *inline), streamed(3, [said("B.")]))))
    before = [user("Kept."), by_codex(compacted("gDDDD")), user("Go on.")]
    ask(relay, before)
    middle = [*before, by_codex(said("A.")), user("More.")]
    ask(relay, middle)
    ask(relay, [*middle, *map(by_codex, inline[0]), user("Last.")])
    assert_one_chain(relay, run, 3)
    assert [node["role"] for node in relay.store.chain(relay.store.exchanges()[-1]["head_hash"])] == [
        "system", "user", "assistant", "user", "assistant", "user", "assistant", "user", "assistant"]


def test_compaction_at_the_end_of_an_answer_is_no_second_node(proxy, upstream, run):
    sealed = {"id": "cmp_1", "type": "compaction", "encrypted_content": "gCCCC-done"}
    answer = [said("One."), sealed], [said("One."), {**sealed, "encrypted_content": "gCCCC-completed"}]
    relay = proxy(upstream(Answering(streamed(1, *answer), streamed(2, [said("Two.")]), streamed(3, [said("B.")]))))
    first = [user("Go."), *map(by_codex, answer[0]), user("More.")]
    ask(relay, [user("Go.")])
    ask(relay, first)
    ask(relay, [*first, by_codex(said("Two.")), user("Last.")])
    assert_one_chain(relay, run, 3)
    assert len(relay.store.nodes()) == 7


def test_changed_list_of_tools_in_the_input_forks_nothing_and_is_a_piece(proxy, upstream, run):
    def tools(*names):
        return {"type": "additional_tools", "role": "developer",
                "tools": [{"type": "function", "name": name, "description": "d" * 2000} for name in names]}
    relay = proxy(upstream(Answering(streamed(1, *FIRST), streamed(2, *SECOND))))
    long_question = user("Go. " + "x" * 5000)
    ask(relay, [tools("shell"), long_question])
    relay.store.wait_exchanges(1)
    pieces = len(relay.store.rows("SELECT id FROM piece"))
    ask(relay, [tools("shell", "browser"), long_question, *map(by_codex, FIRST[0]), user("And?")])
    assert_one_chain(relay, run, 2)
    assert all("description" not in json.dumps(node["content"]) for node in relay.store.nodes())
    assert len(relay.store.rows("SELECT id FROM piece")) == pieces + 1 + len(FIRST[0]) + 1


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "ok"}
CHAT_RETURNS = {
    "cut in two (llm)": ([{"role": "assistant", "content": "Let me see."},
                          {"role": "assistant", "content": None, "tool_calls": [CALL]}]),
    "with an empty message beside it (OpenCode)": [
        {"role": "assistant", "content": ""},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [CALL]}],
    "cut in two, with an empty message": [
        {"role": "assistant", "content": "Let me see."}, {"role": "assistant"},
        {"role": "assistant", "content": "", "tool_calls": [CALL]}],
}


@pytest.mark.parametrize("filler", ["", "x" * 6000])
@pytest.mark.parametrize("case", CHAT_RETURNS)
def test_chat_answer_that_comes_back_as_several_messages_is_one(proxy, upstream, run, case, filler):
    answers = [{"content": "Let me see.", "tool_calls": [CALL]}, {"content": "Done."}, {"content": "Bye."}]
    relay = proxy(upstream(Answering(*[chat.answer(chat.completion(message={"role": "assistant", **one}))
                                       for one in answers])))
    first = [{"role": "user", "content": "Go. " + filler}]
    second = [*first, *CHAT_RETURNS[case], RESULT]
    third = [*second, {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Thanks."}]
    for messages in (first, second, third):
        relay.fetch(chat.post(chat.dumps({"model": "gpt-4o", "messages": messages})))
    assert_one_chain(relay, run, 3)
    assert len(relay.store.nodes()) == 6


def test_empty_message_left_behind_a_broken_attempt_is_no_node(proxy, upstream, run):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("One.")))))
    messages = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": ""},
                {"role": "user", "content": "Again."}]
    relay.fetch(chat.post(chat.dumps({"model": "gpt-4o", "messages": messages})))
    assert_one_chain(relay, run, 1)
    assert [node["role"] for node in relay.store.chain(relay.store.exchanges()[0]["head_hash"])] == [
        "user", "user", "assistant"]


def claude(text):
    return chat.answer(chat.dumps({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": text}], "usage": {"input_tokens": 1, "output_tokens": 1}}))


def ask_claude(relay, session, status, *texts, model="Opus 4.6"):
    system = [{"type": "text", "text": "You are Claude Code."},
              {"type": "text", "text": f"# Environment\n - You are powered by the model named {model}.\n\n"
                                       f"gitStatus: a snapshot.\n{status}"}]
    messages = [{"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts)]
    user_id = json.dumps({"device_id": "d", "account_uuid": "", "session_id": session})
    relay.fetch(chat.post(chat.dumps({"model": "claude", "max_tokens": 9, "system": system, "messages": messages,
                                      "metadata": {"user_id": user_id}}), path=b"/v1/messages"))


def test_claude_code_resumes_its_own_session_whatever_git_says(proxy, upstream, run):
    relay = proxy(upstream(Answering(claude("Hello."), claude("Hello."), claude("One."), claude("Two."))),
                  provider="anthropic")
    ask_claude(relay, "session-a", "clean", "Hi.")
    ask_claude(relay, "session-b", "M b.txt", "Hi.")
    ask_claude(relay, "session-a", "M a.txt", "Hi.", "Hello.", "Go on.", model="Opus 4.6 (1M context)")
    ask_claude(relay, "session-a", "M a.txt", "Hi.", "Hello.", "Go on.", "One.", "More.",
               model="Opus 4.6 (1M context)")
    rows = relay.store.wait_exchanges(4)
    chain = [node["hash"] for node in relay.store.chain(rows[3]["head_hash"])]
    assert rows[0]["head_hash"] in chain and rows[2]["head_hash"] in chain
    assert rows[1]["head_hash"] not in chain
    assert "clean" in json.dumps(relay.store.node(chain[0])["content"])  # what was said stays
    assert sum(node["parent_hash"] is None for node in relay.store.nodes()) == 2
    assert_proved(relay, run)


def test_volatile_text_goes_alone_and_the_rest_of_its_block_stays(proxy, upstream, run):
    relay = proxy(upstream(Answering(chat.answer(chat.completion("One.")))),
                  settings={"record.volatile": ["now=[0-9]+"]})
    for now, texts in ((1, ["Hi."]), (2, ["Hi.", "One.", "On."])):
        messages = [{"role": "system", "content": f"Be brief. now={now} Be kind."},
                    *({"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(texts))]
        relay.fetch(chat.post(chat.dumps({"model": "gpt-4o", "messages": messages})))
    rows = assert_one_chain(relay, run, 2)
    root = relay.store.chain(rows[0]["head_hash"])[0]
    assert root["content"] == [{"type": "text", "text": "Be brief.  Be kind."}]
