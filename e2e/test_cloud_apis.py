"""The paths and bodies of clouds and of OpenAI's older APIs in front of the mock: the client gets the upstream's bytes, and what is
recorded is what these say; verify and rederive agree."""
import json
import urllib.error
import urllib.request

import pytest

from harness import wire_says
from harness.store import texts
from harness.wire import wait_until
from test_sdk_clouds import HISTORY, KEY, TOOLS, messages


def asked(url, path, body, headers=()):
    request = urllib.request.Request(url + path, json.dumps(body).encode(), {"content-type": "application/json",
                                                                             **dict(headers)})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers["content-type"], answer.read()


CHAT = {"messages": messages(HISTORY)}
CLAUDE_BODY = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, **CHAT}
CONVERSE_BODY = {"messages": [{"role": role, "content": [{"text": text}]} for role, text in HISTORY]}
# Path, body, the API and the model under which it is recorded, and the answer's text.
REQUESTS = {
    "azure": ("/openai/deployments/a%20b/chat/completions?api-version=2024-10-21", CHAT, "openai_chat", "a b", "more"),
    "azure v1": ("/openai/v1/chat/completions", {**CHAT, "model": "m"}, "openai_chat", "m", "more"),
    "azure responses": ("/openai/deployments/d/responses?api-version=1", {"input": "more"}, "openai_responses", "d", "more"),
    "gemini's chat": ("/v1beta/openai/chat/completions", {**CHAT, "model": "m"}, "openai_chat", "m", "more"),
    "databricks": ("/serving-endpoints/dbrx/invocations", CHAT, "openai_chat", "dbrx", "more"),
    "a slash": ("/v1/chat/completions/", {**CHAT, "model": "m"}, "openai_chat", "m", "more"),
    "completions": ("/v1/completions", {"model": "m", "prompt": "more"}, "openai_completions", "m", "more"),
    "fim": ("/v1/fim/completions", {"model": "m", "prompt": "more", "suffix": "z"}, "mistral_fim", "m", "more \u2026 z"),
    "vertex": ("/v1/projects/p/locations/l/publishers/anthropic/models/c@1:rawPredict",
               {**CLAUDE_BODY, "anthropic_version": "vertex-2023-10-16"}, "anthropic_messages", "c@1", "more"),
    "vertex streamed": ("/v1/projects/p/locations/l/publishers/anthropic/models/c@1:streamRawPredict",
                        CLAUDE_BODY, "anthropic_messages", "c@1", "more"),
    "invoke": ("/model/anthropic.claude-x/invoke", CLAUDE_BODY, "anthropic_messages", "anthropic.claude-x", "more"),
    "invoke streamed": ("/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Aapplication-inference-profile%2Fy/invoke-with-response-stream",
                        CLAUDE_BODY, "anthropic_messages", "arn:aws:bedrock:x:1:application-inference-profile/y", "more"),
    "converse": ("/model/meta.llama3/converse", CONVERSE_BODY, "bedrock_converse", "meta.llama3", "more"),
    "converse streamed": ("/model/meta.llama3/converse-stream", CONVERSE_BODY, "bedrock_converse", "meta.llama3", "more"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_what_passes_is_the_upstreams_and_is_recorded_once(proxy, mock, run, name):
    path, body, api, model, text = REQUESTS[name]
    relay = proxy(mock, provider="openai")
    streams = [{}] if path.endswith(("rawPredict", "RawPredict", "invoke", "stream", "converse")) else [{}, {"stream": True}]
    for more in streams:
        passed, direct = asked(relay.url, path, {**body, **more}), asked(mock.url, path, {**body, **more})
        assert passed[0] == direct[0] and len(passed[1]) == len(direct[1])
        through, of_upstream = (wire_says.read(api, *one) for one in (passed, direct))
        assert (through.blocks, through.stop, through.tokens) == (of_upstream.blocks, of_upstream.stop, of_upstream.tokens)
    rows = relay.store.wait_exchanges(len(streams))
    assert {(row["api"], row["model"], row["drop_reason"]) for row in rows} == {(api, model, None)}
    assert len({row["head_hash"] for row in rows}) == 1
    assert texts(relay.store.chain(rows[0]["head_hash"]))[-1] == ("assistant", "You said: " + text)
    assert all(row["total_tokens"] or (row["streamed"] and api in ("openai_chat", "openai_completions", "mistral_fim"))
               for row in rows)
    assert relay.stop() == 0
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err


GEMINI_BODY = {"contents": [{"role": {"user": "user", "assistant": "model"}[role], "parts": [{"text": text}]}
                            for role, text in HISTORY]}
RECORDED = {
    **REQUESTS,
    "chat": ("/v1/chat/completions", {**CHAT, "model": "m"}, "openai_chat", "m", "more"),
    "responses": ("/v1/responses", {"model": "m", "input": "more"}, "openai_responses", "m", "more"),
    "messages": ("/v1/messages", {**CHAT, "model": "c", "max_tokens": 9}, "anthropic_messages", "c", "more"),
    "gemini": ("/v1beta/models/gemini-3:generateContent", GEMINI_BODY, "gemini", "gemini-3", "more"),
    "gemini streamed": ("/v1beta/models/gemini-3:streamGenerateContent?alt=sse", GEMINI_BODY, "gemini", "gemini-3", "more"),
    "gemini as an array": ("/v1beta/models/gemini-3:streamGenerateContent", GEMINI_BODY, "gemini", "gemini-3", "more"),
}
LOOKS = {"text": {}, "tools": {"X-Mock-Tool-Calls": "2"}, "thinking": {"X-Mock-Thinking": "1"},
         "all": {"X-Mock-Tool-Calls": "1", "X-Mock-Thinking": "1"}}


def with_tool(api, body):
    """The request with the definition of a tool that can be called."""
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    tools = {"openai_chat": [{"type": "function", "function": {"name": "add", "parameters": schema}}],
             "openai_responses": [{"type": "function", "name": "add", "parameters": schema}],
             "anthropic_messages": TOOLS, "gemini": [{"functionDeclarations": [{"name": "add", "parameters": schema}]}]}
    if api == "bedrock_converse":
        return {**body, "toolConfig": {"tools": [{"toolSpec": {"name": "add", "inputSchema": {"json": schema}}}]}}
    return {**body, "tools": tools[api]} if api in tools else body


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", RECORDED)
def test_what_is_recorded_is_what_the_wire_says(proxy, mock, run, workspace, name, look):
    """Of each API: the bytes, what they say when they are read apart from the program, and both stores anew."""
    path, body, api, model, _ = RECORDED[name]
    body = with_tool(api, body)
    relay = proxy(mock, provider="openai")
    of_path = path.split("?")[0].endswith(("rawPredict", "RawPredict", "invoke", "stream", "converse", "Content"))
    passed = [asked(relay.url, path, {**body, **more}, LOOKS[look].items()) for more in ([{}] if of_path else [{}, {"stream": True}])]
    rows = relay.store.wait_exchanges(len(passed))
    for row, (content_type, raw) in zip(rows, passed):
        said = wire_says.read(api, content_type, raw)
        node = relay.store.node(row["head_hash"])
        assert wire_says.stored(node["content"]) == said.blocks, (row["id"], raw[:2000])
        assert said.blocks, raw[:2000]
        assert (row["stop_reason"], row["total_tokens"], row["model"], row["drop_reason"]) == (said.stop, said.tokens, model, None)
        assert relay.ask(f"/v1/exchanges/{row['id']}/response")[2] == raw
        assert json.loads(relay.ask(f"/v1/exchanges/{row['id']}/request")[2])
    assert relay.stop() == 0
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", workspace / "anew.sqlite")
    assert code == 0, out + err


def test_one_store_with_all_of_them_is_verified_and_made_anew(proxy, mock, run, workspace):
    """All APIs, one-shot and streamed, and answers that came later, in one store."""
    relay = proxy(mock, provider="auto")
    count = 0
    for path, body, *_ in RECORDED.values():
        asked(relay.url, path, body)
        asked(relay.url, path, {**body, "stream": True})
        count += 2
    begun = json.loads(asked(relay.url, "/v1/responses", {"model": "m", "input": "deep", "background": True})[1])
    deferred = json.loads(asked(relay.url, "/v1/chat/completions", {**CHAT, "model": "grok", "deferred": True})[1])
    cancelled = json.loads(asked(relay.url, "/v1/responses", {"model": "m", "input": "x", "background": True})[1])
    asked(relay.url, f"/v1/responses/{cancelled['id']}/cancel", {})
    deleted = json.loads(asked(relay.url, "/v1/responses", {"model": "m", "input": "y", "background": True})[1])
    with urllib.request.urlopen(urllib.request.Request(f"{relay.url}/v1/responses/{deleted['id']}", method="DELETE"), timeout=20):
        pass
    with pytest.raises(Exception):  # it is cut
        asked(relay.url, "/v1/responses", {"model": "m", "input": "a rather long question", "stream": True}, {"X-Mock-Cut": "6"}.items())
    cut = next(row["response_id"] for row in relay.store.wait_exchanges(count + 7) if row["stop_reason"] == "incomplete")
    with urllib.request.urlopen(f"{relay.url}/v1/responses/{cut}?stream=true&starting_after=5", timeout=20) as rest:
        rest.read()
    asked(relay.url, "/v1/responses/compact", {"model": "m", "input": [{"role": "user", "content": "long"}]})

    def fetched(path):
        with urllib.request.urlopen(relay.url + path, timeout=20) as answer:
            return answer.status == 200 and b'"queued"' not in (said := answer.read()) and b'"in_progress"' not in said
    for path in (f"/v1/responses/{begun['id']}", f"/v1/chat/deferred-completion/{deferred['request_id']}"):
        wait_until(lambda path=path: fetched(path) or None, what="the answer")
        fetched(path)
    assert relay.stop() == 0
    rows = relay.store.exchanges()
    turns = [row for row in rows if row["drop_reason"] is None]
    assert len(turns) == count + 6
    assert {row["drop_reason"] for row in rows} == {None, "answer_fetched", "answer_cancelled", "answer_deleted", "nothing_new"}
    assert {row["api"] for row in turns} == {api for _, _, api, _, _ in RECORDED.values()}
    assert [row["stop_reason"] for row in turns[-6:-1]] == ["completed", "stop", "cancelled", "deleted", "completed"]
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err
    again = workspace / "anew.sqlite"
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", again)
    assert (code, err) == (0, ""), out
    made = type(relay.store)(again)
    keys = ("id", "api", "model", "head_hash", "stop_reason", "drop_reason", "total_tokens", "response_id", "answer_of")
    assert [[row[key] for key in keys] for row in made.exchanges()] == [[row[key] for key in keys] for row in relay.store.exchanges()]
    assert {node["hash"] for node in made.nodes()} == {node["hash"] for node in relay.store.nodes()}
    code, out, err = run("verify", "--sqlite", again)
    assert code == 0, out + err


@pytest.mark.parametrize("path", ["/openai/deployments/{}/chat/completions?api-version=1", "/serving-endpoints/{}/invocations",
                                  "/openai/deployments/{}/chat/completions/?api-version=1"])
def test_deployments_share_no_nodes(proxy, mock, path):
    relay = proxy(mock, provider="azure")
    names = {"east": "east", "west": "west", "caf%C3%A9%2Feu%20+1": "caf\u00e9/eu +1", "%63af%c3%a9%2feu%20+1": "caf\u00e9/eu +1"}
    for name in names:
        asked(relay.url, path.format(name), CHAT)
    rows = relay.store.wait_exchanges(len(names))
    assert [row["model"] for row in rows] == list(names.values())
    chains = [{node["hash"] for node in relay.store.chain(row["head_hash"])} for row in rows]
    assert not chains[0] & chains[1] and chains[2] == chains[3], "a name is the same in each way of writing it"
    assert len(relay.store.nodes()) == 3 * (len(HISTORY) + 1)


@pytest.mark.parametrize("base, path, body, model", [
    ("/secret/openai/deployments/gpt-4o", "/chat/completions?api-version=2024-10-21", CHAT, "gpt-4o"),
    ("/openai/deployments/a%20b", "/v1/chat/completions", CHAT, "a b"),
    ("/openai/deployments/a", "/chat/completions", {**CHAT, "model": "m"}, "m"),
    ("/serving-endpoints/dbrx", "/invocations", CHAT, "dbrx"),
    ("/v1/projects/p/locations/l/publishers/anthropic/models", "/c@1:rawPredict",
     {**CLAUDE_BODY, "anthropic_version": "vertex-2023-10-16"}, "c@1"),
    ("/model/meta.llama3", "/converse", CONVERSE_BODY, "meta.llama3"),
])
def test_a_model_in_the_upstreams_base_path_is_that_of_one_in_the_requests(proxy, mock, run, workspace, base, path, body, model):
    relay = proxy(mock.url + base, provider="azure")
    assert asked(relay.url, path, body)[1]
    row = relay.store.only()
    assert (row["model"], row["drop_reason"]) == (model, None)
    assert "secret" not in row["path"]
    (workspace / "direct").mkdir()
    direct = proxy(mock.url, provider="azure", sqlite=workspace / "direct" / "tapes.sqlite")
    asked(direct.url, base + path, body)
    assert direct.store.only()["head_hash"] == row["head_hash"]
    assert relay.stop() == 0
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", workspace / "anew.sqlite")
    assert code == 0, out + err


def test_a_compaction_of_responses_is_a_turn(proxy, mock):
    relay = proxy(mock, provider="openai")
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "long"}]}
    compacted = json.loads(asked(relay.url, "/v1/responses/compact", {"model": "m", "input": [item]})[1])["output"]
    asked(relay.url, "/v1/responses", {"model": "m", "input": [*compacted, {**item, "content": "more"}]})
    first, after = relay.store.wait_exchanges(2)
    assert (first["api"], first["drop_reason"]) == ("openai_responses", None)
    chain = relay.store.chain(after["head_hash"])
    assert [node["role"] for node in chain] == ["user", "assistant", "user", "assistant"]
    assert chain[1]["hash"] == first["head_hash"]


@pytest.mark.parametrize("path, body", [
    ("/model/meta.llama3-8b/invoke", {"prompt": "x"}),
    ("/model/arn%3Aaws%3Abedrock%3Ax%3A1%3Aprovisioned-model%2Fy/invoke", {"messages": messages(HISTORY)}),
    ("/serving-endpoints/e/invocations", {"dataframe_split": {"columns": [], "data": []}}),
    ("/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict", CHAT),
])
def test_bodies_of_other_apis_make_no_nodes(proxy, upstream, path, body):
    from harness.chat import answer
    from harness.wire import Answering
    relay = proxy(upstream(Answering(answer(b'{"generation":"x","role":"assistant"}'))), provider="openai")
    asked(relay.url, path, body)
    row = relay.store.only()
    assert row["drop_reason"] in ("non_turn_request", "request_decode") and relay.store.nodes() == []


def test_a_credential_in_an_aws_event_stream_is_redacted_and_the_stream_still_reads(proxy, mock, run):
    """Most of what is said stands there in base64, and a replaced text would break the lengths of a message."""
    relay = proxy(mock, provider="auto")
    for path, body in (("/model/anthropic.claude-x/invoke-with-response-stream",
                        {**CLAUDE_BODY, "messages": messages([("user", f"my key is {KEY} ok")])}),
                       ("/model/anthropic.claude-x/converse-stream",
                        {"messages": [{"role": "user", "content": [{"text": f"my key is {KEY} ok"}]}]})):
        _, direct = asked(relay.url, path, body, {"authorization": f"Bearer {KEY}"}.items())
        assert direct.startswith(b"\0")
    rows = relay.store.wait_exchanges(2)
    for row in rows:
        said = texts(relay.store.chain(row["head_hash"]))[-1][1]
        assert said.startswith("You said: my key is redacted:") and said.endswith(" ok") and KEY not in said
    assert relay.stop() == 0
    with open(relay.store.path, "rb") as file:
        assert KEY.encode() not in file.read()
    for row in rows:
        listed = run("exchange", "show", row["id"], "--events", "-n", "0", "--sqlite", relay.store.path)
        assert listed[0] == 0 and KEY not in listed[1]
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err


def test_a_refused_signature_is_told_once(proxy, upstream):
    from harness.chat import dumps
    from harness.wire import Answering
    body = dumps({"message": "The request signature we calculated does not match the signature you provided."})
    refused = (b"HTTP/1.1 403 Forbidden\r\ncontent-type: application/json\r\nx-amzn-errortype: InvalidSignatureException\r\n"
               b"content-length: %d\r\n\r\n" % len(body)) + body
    relay = proxy(upstream(Answering(refused, refused)), provider="auto")
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError):
            asked(relay.url, "/model/anthropic.claude-x/converse", CONVERSE_BODY)
    rows = relay.store.wait_exchanges(2)
    assert {row["drop_reason"] for row in rows} == {"upstream_status"}
    assert relay.stop() == 0
    assert sum("Signature Version 4" in line for line in relay.lines) == 1
