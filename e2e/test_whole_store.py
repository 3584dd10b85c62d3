"""A store of all APIs is explained, compared and searched as a whole, and each answer held against the wire's bytes."""
import base64
import json

import pytest

from harness import oracle
from harness.api import Api, wait_catalogue
from harness.chat import dumps, post

IMAGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"pixels" * 20).decode()
FIGURES = ("input", "cache_read", "cache_write", "output", "reasoning")
SUMMARY = "This session is being continued from a previous conversation that ran out of context. The zebra is striped."


class Form:
    """How one API writes requests: what a client of it sends, and how answers come back in its history."""

    def __init__(self, name, path, model):
        self.name, self.path, self.model = name, path, model

    def body(self, history, tools, stream):
        members = {"model": self.model, "stream": stream}
        schema = {"type": "object", "properties": {"path": {"type": "string"}, "prompt": {"type": "string"}}}
        if self.name == "responses":
            members |= {"input": history, "tools": [{"type": "function", "name": t, "parameters": schema} for t in tools]}
        elif self.name == "messages":
            members |= {"messages": history, "max_tokens": 100,
                        "tools": [{"name": t, "description": t, "input_schema": schema} for t in tools]}
        else:
            members |= {"messages": history, "tools": [
                {"type": "function", "function": {"name": t, "parameters": schema}} for t in tools]}
        if self.name == "chat" and stream:
            members["stream_options"] = {"include_usage": True}
        if not tools:
            del members["tools"]
        return dumps(members)

    def picture(self, text):
        url = f"data:image/png;base64,{IMAGE}"
        if self.name == "chat":
            parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url}}]
        elif self.name == "messages":
            parts = [{"type": "text", "text": text}, {"type": "image", "source": {
                "type": "base64", "media_type": "image/png", "data": IMAGE}}]
        elif self.name == "responses":
            parts = [{"type": "input_text", "text": text}, {"type": "input_image", "image_url": url}]
        else:
            return {"role": "user", "content": text, "images": [IMAGE]}
        return {"role": "user", "content": parts}

    def behind(self, answer, results=()):
        """The history's messages of an answer, and of what its calls gave."""
        calls = list(zip(answer.ids or [""] * len(answer.calls), answer.calls))
        gave = list(zip(answer.ids or [""] * len(results), results))
        if self.name == "responses":
            said = [{"type": "output_text", "text": answer.text}]
            return [*([{"role": "assistant", "content": said}] if answer.text else []),
                    *({"type": "function_call", "call_id": id, "name": name, "arguments": json.dumps(given)}
                      for id, (name, given) in calls),
                    *({"type": "function_call_output", "call_id": id, "output": text} for id, text in gave)]
        if self.name == "messages":
            said = [{"type": "text", "text": answer.text}] if answer.text else []
            made = [*said, *({"type": "tool_use", "id": id, "name": name, "input": given} for id, (name, given) in calls)]
            results = [{"type": "tool_result", "tool_use_id": id, "content": text} for id, text in gave]
            return [{"role": "assistant", "content": made}, *([{"role": "user", "content": results}] if results else [])]
        made = {"role": "assistant", "content": answer.text}
        if calls and self.name == "chat":
            made = {"role": "assistant", "content": answer.text or None, "tool_calls": [
                {"id": id, "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
                for id, (name, given) in calls]}
        elif calls:
            made["tool_calls"] = [{"function": {"name": name, "arguments": given}} for _, (name, given) in calls]
        return [made, *({"role": "tool", "content": text,
                         **({"tool_call_id": id} if id else {"tool_name": answer.calls[0][0]})} for id, text in gave)]


FORMS = (Form("chat", "/v1/chat/completions", "gpt-4o"), Form("messages", "/v1/messages", "claude-haiku-4-5"),
         Form("responses", "/v1/responses", "gpt-5"), Form("ollama", "/api/chat", "qwen3:8b"))


class Client:
    """Sends turns, and keeps what went over the wire, in its order."""

    def __init__(self, relay):
        self.relay, self.sent = relay, []

    def ask(self, form, session, history, tools=(), stream=False, fields=b""):
        body = form.body(history, tools, stream)
        head, raw = self.relay.fetch(post(body, path=form.path.encode(),
                                          fields=b"session_id: " + session.encode() + b"\r\n" + fields))
        assert head.status == 200, raw
        self.sent.append((form, session, body, raw))
        self.relay.store.wait_exchanges(len(self.sent))
        return oracle.answer_of(form.path, raw)


def user(text):
    return {"role": "user", "content": text}


def work(client, form):
    """Tools, an image, a fork, a sub-agent and a compaction; each word belongs to one API."""
    mark, session = form.name, f"{form.name}-main"
    history = [user(f"Greetings from {mark} please read [call read {{\"path\": \"{mark}.txt\"}}]")]
    answer = client.ask(form, session, history, ("read", "Task"), fields=b"X-Mock-Cache-Write: 7\r\n")
    assert answer.calls == [("read", {"path": f"{mark}.txt"})]
    history += form.behind(answer, [f"contents{mark} of the file"])
    answer = client.ask(form, session, history, ("read", "Task"), stream=True, fields=b"X-Mock-Cache-Read: 5\r\n")
    history += form.behind(answer)
    asked = client.ask(form, session, [*history, form.picture(f"Describe picture{mark}")], ("read", "Task"))
    assert asked.text
    prompt = f"Investigate burrows{mark} thoroughly"
    edited = [*history, user(f"Instead delegate{mark} [call Task {{\"prompt\": \"{prompt}\"}}]")]
    answer = client.ask(form, session, edited, ("read", "Task"), stream=True)
    assert answer.calls == [("Task", {"prompt": prompt})]
    found = client.ask(form, session, [user(prompt)])
    edited += form.behind(answer, [found.text])
    client.ask(form, session, edited, ("read", "Task"))
    client.ask(form, session, [user(f"{SUMMARY} Continue {mark}")], stream=True)
    client.ask(form, f"{form.name}-other", [user(f"Something separate{mark}")], fields=b"X-Mock-Thinking: 1\r\n")


@pytest.fixture
def told(proxy, mock):
    relay = proxy(mock, provider="auto", settings={
        "record.wire": "all", **{f"proxy.{name}_upstream": mock.url for name in ("openai", "anthropic", "ollama")}})
    client = Client(relay)
    for form in FORMS:
        work(client, form)
    relay.rows = relay.store.wait_exchanges(len(client.sent))
    wait_catalogue(relay, len(client.sent))
    return relay, client.sent


@pytest.fixture
def tell(run):
    def go(relay, *arguments):
        code, out, err = run(*arguments, "--sqlite", relay.store.path, "--json")
        assert code == 0, (arguments, out, err)
        return [json.loads(line) for line in out.splitlines()]
    return go


def summed(answers):
    return {name: sum(one.tokens[name] for one in answers) for name in FIGURES}


def figures_of(told):
    return {name: told["tokens"][name] for name in FIGURES}


def turns_of(sent):
    """Of each session its turns: the history that was sent, and what was said then."""
    turns = {}
    for form, session, request, answer in sent:
        turns.setdefault(session, []).append((oracle.history_of(form.path, request), oracle.answer_of(form.path, answer)))
    return turns


def goes_on(turn, other):
    """Whether the other turn goes on behind the answer of this one."""
    (history, answer), (longer, _) = turn, other
    if len(longer) <= len(history) or longer[:len(history)] != history:
        return False
    role, text = longer[len(history)]
    return role == "assistant" and answer.text in text and all(name in text for name, _ in answer.calls)


def test_all_that_was_recorded_is_told_as_the_wire_said_it(told, tell, run):
    relay, sent = told
    api = Api(relay)
    for row, (form, session, request, raw) in zip(relay.rows, sent, strict=True):
        assert row["drop_reason"] is None and row["session"] == session, (form.name, row)
        for side, bytes_ in (("request", request), ("response", raw)):
            assert api.get(f"/v1/exchanges/{row['id']}/{side}?decoded=true") == bytes_, (form.name, side)
        said = oracle.answer_of(form.path, raw)
        shown = tell(relay, "show", row["id"])
        exchange = next(one for one in shown if one["type"] == "exchange" and one["id"] == row["id"])
        assert figures_of(exchange) == said.tokens, (form.name, raw)
        answer = [one for one in shown if one["type"] == "message"][-1]
        blocks = {kind: [one for one in answer["blocks"] if one["kind"] == kind]
                  for kind in ("text", "thinking", "tool_call")}
        assert "".join(one["text"] for one in blocks["text"]) == said.text, form.name
        assert "".join(one["text"] for one in blocks["thinking"]) == said.thinking, form.name
        assert [(one["tool"], json.loads(one["text"])) for one in blocks["tool_call"]] == said.calls, form.name
        # The whole chain has every text of the request, in its order.
        texts = []
        for one in tell(relay, "show", row["head_hash"]):
            for block in one.get("blocks", ()):
                texts += [block["text"], *(result["text"] for result in block.get("results", ()))]
        asked = [text for text in oracle.texts_of(form.path, request) if text]
        assert asked and [text for text in texts if text in asked] == asked, form.name


def test_sessions_are_shown_drawn_explained_summed_and_compared_as_the_wire_said(told, tell):
    relay, sent = told
    turns = turns_of(sent)
    listed = {one["name"]: one for one in tell(relay, "log")}
    assert set(listed) == set(turns)
    for name, own in turns.items():
        answers = [said for _, said in own]
        assert figures_of(listed[name]) == summed(answers), name
        assert listed[name]["turns"] == len(own), name
        assert figures_of(tell(relay, "stats", "--session", name)[-1]) == summed(answers), name
        shown = tell(relay, "show", name)
        assert shown[0] == listed[name] and any(one["type"] == "message" for one in shown)
        # A branch ends at each answer behind which nothing more was said.
        ends = [one for one in own if not any(goes_on(one, other) for other in own)]
        tree = tell(relay, "tree", name)
        assert len([one for one in tree if one["type"] == "branch" and one["branches"] == 0]) == len(ends), name
        assert len(ends) == (4 if name.endswith("-main") else 1)
        *lines, total = tell(relay, "why", name, "--all")
        assert [figures_of(one) for one in sorted(lines, key=lambda one: one["seq"])] == \
            [one.tokens for one in answers], name
        assert total["exchanges"] == len(own) and total["read"] == summed(answers)["cache_read"], name
        assert total["written"] == summed(answers)["cache_write"], name
    threads = {one["kind"]: one for one in tell(relay, "tree", "chat-main") if one["type"] == "thread"}
    assert set(threads) == {"main", "subagent", "side"}
    assert threads["subagent"]["parent"] == threads["side"]["continues"] == threads["main"]["number"]
    whole = tell(relay, "stats")[-1]
    assert figures_of(whole) == summed([said for own in turns.values() for _, said in own])
    names = list(listed)
    for left, right in zip(names, names[1:]):
        first, *rest = tell(relay, "diff", left, right)
        assert (first["type"], first["left"], first["right"]) == ("sessions", listed[left], listed[right])
        calls = {one["tool"]: (one["left_calls"], one["right_calls"]) for one in first["tools"]}
        for at, name in enumerate((left, right)):
            made = [tool for _, said in turns[name] for tool, _ in said.calls]
            assert {tool: count[at] for tool, count in calls.items() if count[at]} == \
                {tool: made.count(tool) for tool in set(made)}, name
        assert rest


def test_every_word_that_was_said_is_found_where_it_was_said(told):
    relay, sent = told
    api = Api(relay)
    said = {}
    for form, _, request, raw in sent:
        before = (form.name,)
        answer = oracle.answer_of(form.path, raw)
        for role, text in [*oracle.history_of(form.path, request),
                           ("assistant", answer.text + " " + json.dumps([list(one) for one in answer.calls]))]:
            before += (role, text)
            for word in oracle.words_in(text):
                said.setdefault(word, set()).add(before)
    assert len(said) > 40
    for word, places in said.items():
        hits, cursor = set(), ""
        while cursor is not None:
            page = api.get(f"/v1/search?query={word}&limit=100{cursor and '&cursor=' + cursor}")
            hits |= {one["hash"] for one in page["hits"]}
            cursor = page["next"]
        assert 1 <= len(hits) <= len(places), (word, hits)
        for one in hits:
            event = json.dumps(api.get(f"/v1/nodes/{one}")["node"]["bucket"]["content"]).lower()
            assert word in event, (word, event)
