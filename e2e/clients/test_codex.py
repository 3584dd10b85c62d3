"""Codex with its built-in provider, which opens a WebSocket, and over HTTP."""
import re

import pytest
from harness.store import texts
from programs import installed
from shape import Shape, one_chain, shape_of

ANSWER = b'"delta":"You '  # the first piece of what the mock says
LONG = "a longer one " * 20 + "."  # what comes after an interrupt takes a second


class Codex:
    """`codex exec` in one home and project, by way of one transport."""

    def __init__(self, home, transport: str):
        self._home = home
        self._transport = transport

    def start(self, relay, prompt, *arguments, project="project", options=()):
        base = relay.url + "/agents/codex/providers/openai"
        provider = ["-c", f'openai_base_url="{base}"']
        if self._transport == "custom":
            provider = ["-c", 'model_provider="tapes"', "-c", f'model_providers.tapes={{name="OpenAI", base_url="{base}",'
                        ' env_key="OPENAI_API_KEY", wire_api="responses"}']
        command = [installed("codex"), *provider, "-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false",
                   "exec", *options, *arguments, prompt]
        return self._home.start(command, {"OPENAI_API_KEY": "sk-test-0123456789abcdef"}, self._home.project(project))

    def resume(self, relay, prompt, session="--last", **more):
        return self.start(relay, prompt, "resume", session, **more)


@pytest.fixture(params=["websocket", "http", "custom"])
def codex(request, home, valve):
    """The built-in provider on a WebSocket, the same where the upstream takes none, and a provider of the user's own."""
    valve.no_websocket = request.param == "http"
    return Codex(home, request.param)


def session_of(output: str) -> str:
    return re.search(r"session id: (\S+)", output)[1]


def spoken(chain):
    """What was said behind the instructions and the environment that Codex puts before the first prompt."""
    return [(role, text) for role, text in texts(chain)
            if role == "assistant" or role == "user" and not text.startswith("<")]


def conversation(*prompts):
    """What the chain of these prompts says: the mock repeats each."""
    return [(role, text) for prompt in prompts
            for role, text in (("user", prompt), ("assistant", "You said: " + prompt))]


def test_resumed_session_is_one_chain(relay, codex):
    one = relay()
    output = codex.start(one, "first").succeeds()
    codex.resume(one, "second").succeeds()
    codex.resume(one, "third", session_of(output)).succeeds()
    assert spoken(one_chain(one.store, turns=3)) == conversation("first", "second", "third")


def test_task_with_calls_is_one_chain(relay, codex):
    """With a model whose tools the mock knows; what the mock asks for is harmless (docs/mock.md)."""
    one, options = relay(), ["-m", "gpt-5-codex", "--dangerously-bypass-approvals-and-sandbox"]
    codex.start(one, "Please do the [task]", options=options).succeeds()
    codex.resume(one, "second", options=options).succeeds()
    chain = one_chain(one.store)
    calls = [block for node in chain for block in node["content"] if block["type"] == "tool_use"]
    results = [block for node in chain for block in node["content"] if block["type"] == "tool_result"]
    assert len(calls) == len(results) == 3, Shape(one.store).told()
    assert spoken(chain)[-2:] == conversation("second")


def test_two_at_once_are_two_chains(relay, codex, valve):
    """Their instructions are the same: one root, and one fork, where they differ in what they say of the directory."""
    one = relay()
    told = valve.two_at_once(ANSWER, lambda prompt: codex.start(one, prompt, project=prompt))
    sessions = [session_of(one_run) for one_run in told]
    for prompt, session in zip(("left", "right"), sessions):
        codex.resume(one, prompt + " again", session, project=prompt).succeeds()
    shape = Shape(one.store)
    assert len(shape.roots) <= 2, shape.told()
    assert len(shape.forks) == 2 - len(shape.roots), shape.told()
    for prompt, session in zip(("left", "right"), sessions):
        turns = [turn for turn in shape.turns if turn["session"] == session]
        assert [spoken(shape.chain(turn["head_hash"])) for turn in turns] == \
            [conversation(prompt), conversation(prompt, prompt + " again")], shape.told()


def test_interrupted_answer_is_left_out_by_the_client(relay, codex, valve):
    """Codex puts `<turn_aborted>` in the place of an answer that Ctrl-C broke off: the fork behind the prompt is its own."""
    one = relay()
    codex.start(one, "first").succeeds()
    valve.hold(b'"delta":"a')  # a later piece: something was said before it
    run = codex.resume(one, LONG)
    valve.wait_held()
    run.interrupt()
    valve.open()
    codex.resume(one, "third").succeeds()
    shape = shape_of(one.store, 3)
    assert len(shape.roots) == 1, shape.told()
    first, broken, third = (shape.chain(turn["head_hash"]) for turn in shape.turns)
    assert shape.turns[1]["end_reason"] == "client_closed", shape.told()
    assert [node["hash"] for node in shape.forks] == [broken[-2]["hash"]], shape.told()
    assert spoken(broken)[:-1] == [*spoken(first), ("user", LONG)], shape.told()
    assert ("You said: " + LONG).startswith(spoken(broken)[-1][1]), shape.told()
    assert spoken(third) == [*conversation("first"), ("user", LONG), *conversation("third")], shape.told()


def test_session_goes_on_after_the_proxy_was_killed(relay, codex, valve):
    """Killed between two turns, and in the middle of an answer: Codex asks again, and nothing of the broken one is there."""
    one = relay()
    codex.start(one, "first").succeeds()
    one.kill()
    two = relay(one.port)
    codex.resume(two, "second").succeeds()
    valve.hold(ANSWER)
    run = codex.resume(two, "third")
    valve.wait_held()
    two.kill()
    valve.open()
    three = relay(one.port)
    run.succeeds()
    codex.resume(three, "fourth").succeeds()
    assert spoken(one_chain(three.store, turns=4)) == conversation("first", "second", "third", "fourth")


def test_every_view_of_the_page_shows_it(relay, shown, codex):
    one = relay()
    codex.start(one, "first").succeeds()
    codex.resume(one, "second").succeeds()
    shown(one, "You said: first", "You said: second")
