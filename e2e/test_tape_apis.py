"""A tape answers each API that is recorded: Gemini, Bedrock, Azure, Completions and answers that come later, by the bytes that
were recorded and to the SDKs that asked."""
import json
import time

import boto3
import openai
import pytest
from botocore.config import Config
from google import genai
from google.genai import types

from harness.tape import ask
from harness.tls import Authority
from test_cloud_apis import CLAUDE_BODY, CONVERSE_BODY
from test_sdk_clouds import HISTORY, azure, bedrock, boto, converse, messages, vertex
from test_tape import play, recorder  # noqa: F401 (fixtures)

KEY = "sk-tape-0123456789abcdefgh"
TEXT = HISTORY[-1][1]
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]}
CHAT = {"messages": messages(HISTORY)}
# What is asked, and where; more than one request where an answer comes later.
ROWS = {
    "gemini": [("POST", "/v1beta/models/gemini-2.5-flash:generateContent", CONTENTS)],
    "gemini events": [("POST", "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", CONTENTS)],
    "gemini array": [("POST", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", CONTENTS)],
    "gemini count": [("POST", "/v1beta/models/gemini-2.5-flash:countTokens", CONTENTS)],
    "gemini on vertex": [("POST", "/v1/projects/p/locations/l/publishers/google/models/g:streamGenerateContent?alt=sse", CONTENTS)],
    "invoke": [("POST", "/model/anthropic.claude-x/invoke", CLAUDE_BODY)],
    "invoke events": [("POST", "/model/anthropic.claude-x/invoke-with-response-stream", CLAUDE_BODY)],
    "converse": [("POST", "/model/meta.llama3/converse", CONVERSE_BODY)],
    "converse events": [("POST", "/model/meta.llama3/converse-stream", CONVERSE_BODY)],
    "azure": [("POST", "/openai/deployments/a%20b/chat/completions?api-version=2024-10-21", CHAT)],
    "azure events": [("POST", "/openai/deployments/a%20b/chat/completions?api-version=2024-10-21", {**CHAT, "stream": True})],
    "azure responses": [("POST", "/openai/v1/responses?api-version=1", {"model": "d", "input": TEXT})],
    "databricks": [("POST", "/serving-endpoints/dbrx/invocations", CHAT)],
    "vertex events": [("POST", "/v1/projects/p/locations/l/publishers/anthropic/models/c@1:streamRawPredict", CLAUDE_BODY)],
    "completions": [("POST", "/v1/completions", {"model": "m", "prompt": TEXT})],
    "completions events": [("POST", "/v1/completions", {"model": "m", "prompt": TEXT, "stream": True})],
    "fim": [("POST", "/v1/fim/completions", {"model": "m", "prompt": TEXT, "suffix": "z"})],
    "background": [("POST", "/v1/responses", {"model": "m", "input": TEXT, "background": True})],
    "background events": [("POST", "/v1/responses", {"model": "m", "input": TEXT, "background": True, "stream": True})],
}


def sent(port, method, path, body, **fields):
    return ask(port, path, json.dumps(body).encode() if body is not None else None, method=method, **fields)


@pytest.mark.parametrize("name", ROWS)
def test_each_api_is_answered_with_the_recorded_bytes(recorder, mock, play, name):  # noqa: F811
    relay = recorder(mock, provider="auto")
    rows = ROWS[name]
    before = [sent(relay.port, *row, Authorization=f"Bearer {KEY}") for row in rows]
    assert [one.status for one in before] == [200] * len(rows), before[0].body
    relay.store.wait_exchanges(len(rows))
    assert relay.stop() == 0
    tape = play(relay.store.path)
    for row, recorded in zip(rows, before):
        again = sent(tape.port, *row, Authorization="Bearer another")
        assert (again.status, again.reason, again.body) == (recorded.status, recorded.reason, recorded.body), again.body[:500]
        assert again.lasting_fields() == recorded.lasting_fields()
        if "events" in name and ("invoke" in name or "converse" in name):
            assert again.body.startswith(b"\0") and len(again.body) > 200, "it is an AWS event stream"
    method, path, body = rows[0]
    other = sent(tape.port, method, path, json.loads(json.dumps(body).replace(TEXT, "something else")))
    assert other.status == 404 and b"The tape has no answer" in other.body, other.body
    if "count" not in name:
        model = sent(tape.port, method, path.replace("gemini-2.5-flash", "gemini-x").replace("claude-x", "claude-y")
                     .replace("llama3", "llama4").replace("a%20b", "c").replace("dbrx", "mpt").replace("c@1", "c@2").replace("/g:", "/h:"),
                     {key: value if key != "model" else "other" for key, value in body.items()})
        assert model.status == 404, f"the model counts, also where the path names it: {model.body[:300]}"
    assert ", 1 miss" in tape.last_line() or "2 misses" in tape.output


def gemini(url):
    sdk = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url, timeout=15000))

    def go(history, stream):
        contents = [types.Content(role="model" if role == "assistant" else role, parts=[types.Part(text=text)])
                    for role, text in history]
        if not stream:
            done = sdk.models.generate_content(model="gemini-2.5-flash", contents=contents)
            return done.text, done.response_id
        *before, last = sdk.models.generate_content_stream(model="gemini-2.5-flash", contents=contents)
        return "".join(one.text or "" for one in (*before, last)), last.response_id
    return go


def completions(url):
    sdk = openai.OpenAI(base_url=url + "/v1", api_key=KEY, max_retries=0)

    def go(history, stream):
        done = sdk.completions.create(model="m", prompt=history[-1][1], stream=stream)
        if not stream:
            return done.choices[0].text, done.id
        chunks = list(done)
        return "".join(one.choices[0].text for one in chunks if one.choices), chunks[-1].id
    return go


def background(url):
    """Asks in the background, and fetches the answer until it is there."""
    sdk = openai.OpenAI(base_url=url + "/v1", api_key=KEY, max_retries=0)

    def go(history, stream):
        asked = [{"role": role, "content": text} for role, text in history]
        done = sdk.responses.create(model="m", input=asked, background=True, extra_headers={"X-Mock-Background-Ms": "300"})
        assert done.status == "queued"
        for _ in range(100):
            done = sdk.responses.retrieve(done.id)
            if done.status == "completed":
                return done.output_text, done.id
            time.sleep(0.05)
        raise AssertionError(done.status)
    return go


SDKS = {"gemini": gemini, "azure": azure, "vertex": vertex, "bedrock": bedrock, "completions": completions, "background": background}


@pytest.fixture(autouse=True)
def bearer_token(monkeypatch):
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)


def talk(go):
    told = [go(HISTORY[:1], False), go(HISTORY[:1], True), go(HISTORY, True), go(HISTORY, False)]
    assert [text for text, _ in told] == ["You said: 2+2 \u20ac?"] * 2 + ["You said: more"] * 2
    return told


@pytest.mark.parametrize("name", SDKS)
def test_each_sdk_runs_again_from_the_tape_alone(recorder, mock, play, name):  # noqa: F811
    relay = recorder(mock, provider="auto")
    before = talk(SDKS[name](relay.url))
    assert relay.stop() == 0 and mock.stop() == 0
    for _ in range(2):
        tape = play(relay.store.path)  # begins at the first of the answers that the same question has had
        assert talk(SDKS[name](tape.url)) == before
        assert ", 0 misses" in tape.last_line(), tape.output


def test_a_client_of_converse_that_signs_runs_again_from_a_tape_of_one_with_a_key(recorder, mock, play, workspace, monkeypatch):  # noqa: F811
    authority = Authority(workspace / "ca")
    certificate, key = authority.issue()
    relay = recorder(mock, provider="auto", settings={"proxy.tls_cert": certificate, "proxy.tls_key": key, "record.wire": "all"})
    before = talk(converse(boto(relay, authority)))
    assert relay.stop() == 0 and mock.stop() == 0
    tape = play(relay.store.path)
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    sdk = boto3.client("bedrock-runtime", endpoint_url=tape.url, region_name="us-east-1",
                       config=Config(retries={"total_max_attempts": 1}))
    assert talk(converse(sdk)) == before
    assert ", 0 misses" in tape.last_line(), tape.output
