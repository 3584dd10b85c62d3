"""What clients leave out on the way back, or add: one chain still, and it is what its bytes give."""
import json

import pytest

from harness import chat
from harness.wire import Answering, chunk

SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}
THOUGHT = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}],
           "encrypted_content": "gAAAA"}
PATCH = {"id": "ctc_1", "type": "custom_tool_call", "status": "completed", "call_id": "call_1", "name": "apply_patch",
         "input": "*** Begin Patch"}
SAID = {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "text": "Done.", "annotations": [], "logprobs": []}]}
BY_CODEX = {"internal_chat_message_metadata_passthrough": {"turn_id": "t"}}
PATCHED = {"type": "custom_tool_call_output", "call_id": "call_1", "output": "ok"}
DETAILS = [{"type": "reasoning.text", "text": "Let me ", "signature": "s1", "format": None, "index": 0},
           {"type": "reasoning.text", "text": "see.", "signature": "s2", "format": None, "index": 1}]


def without(item, *members):
    return {name: value for name, value in item.items() if name not in members}


# What was answered, and how clients bring it back.
RESPONSES = {
    "the summary alone": ([THOUGHT, SAID], [without(THOUGHT, "id", "encrypted_content"), SAID]),
    "what is encrypted alone": ([THOUGHT, SAID], [{**THOUGHT, "summary": []}, SAID]),
    "without the provider's own tools": ([SEARCH, SAID], [SAID]),
    "as text": ([THOUGHT, SEARCH, SAID], [{"role": "assistant", "content": "Done."}]),
    "as Codex does": ([THOUGHT, PATCH], [{**without(THOUGHT, "id"), **BY_CODEX}, {**without(PATCH, "id"), **BY_CODEX},
                                         {**PATCHED, **BY_CODEX}]),
}
CHAT = {
    "the text of several thoughts": ({"content": "Four.", "reasoning": "Let me see.", "reasoning_details": DETAILS},
                                     {"content": "Four.", "reasoning_content": "Let me see."}),
    "without the model's name": ({"content": "Four.", "name": "MiniMax AI"}, {"content": "Four."}),
    "with a name": ({"content": "Four."}, {"content": "Four.", "name": "critic"}),
}


def one_chain(relay, run, bodies, path):
    for body in bodies:
        relay.fetch(chat.post(chat.dumps(body), path=path))
    rows = relay.store.wait_exchanges(len(bodies))
    assert [row["drop_reason"] or "" for row in rows] == [""] * len(bodies)
    chain = [node["hash"] for node in relay.store.chain(rows[-1]["head_hash"])]
    assert {row["head_hash"] for row in rows} <= set(chain)
    assert len(relay.store.nodes()) == len(chain)
    code, out, err = run("verify", "--sqlite", relay.store.path, "--json")
    assert (code, err, json.loads(out)["findings"]) == (0, "", [])


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("case", RESPONSES)
def test_responses_come_back_in_part(proxy, upstream, run, case, streamed):
    output, back = RESPONSES[case]

    def answer(number, items):
        whole = {"id": f"resp_{number}", "object": "response", "status": "completed", "error": None, "model": "gpt-5",
                 "output": items, "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}
        if not streamed:
            return chat.answer(chat.dumps(whole))
        events = [{"type": "response.output_item.done", "output_index": at, "item": one}
                  for at, one in enumerate(items)] + [{"type": "response.completed", "response": whole}]
        return chat.SSE_HEAD + b"".join(chunk(b"data: " + chat.dumps(one) + b"\n\n") for one in events) + b"0\r\n\r\n"

    relay = proxy(upstream(Answering(answer(1, output), answer(2, [SAID]))))
    asked = [{"role": "user", "content": "Go."}]
    one_chain(relay, run, [{"model": "gpt-5", "input": asked, "stream": streamed},
                           {"model": "gpt-5", "input": asked + back + [{"role": "user", "content": "And?"}],
                            "stream": streamed}], b"/v1/responses")


@pytest.mark.parametrize("case", CHAT)
def test_chat_messages_come_back_in_part(proxy, upstream, run, case):
    said, back = CHAT[case]
    relay = proxy(upstream(Answering(*[chat.answer(chat.completion(message={"role": "assistant", **one}))
                                       for one in (said, {"content": "Done."})])))
    asked = [{"role": "user", "content": "Go."}]
    again = asked + [{"role": "assistant", **back}, {"role": "user", "content": "And?"}]
    one_chain(relay, run, [{"model": "gpt-4o", "messages": messages} for messages in (asked, again)],
              b"/v1/chat/completions")
