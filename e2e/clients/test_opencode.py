"""OpenCode, over the Messages API and over the Responses API."""
import json

import pytest
from harness.store import texts
from programs import installed
from shape import Shape, shape_of

MODELS = {"anthropic": "anthropic/claude-sonnet-4-5", "openai": "openai/gpt-5.1"}
# The first piece of what the mock says.
ANSWERS = {"anthropic": b'"text":"You ', "openai": b'"delta":"You '}
LONG = "a longer one " * 20 + "."  # what comes after an interrupt takes a second


@pytest.fixture(params=MODELS)
def provider(request):
    return request.param


@pytest.fixture
def opencode(home, provider):
    def start(relay, prompt, *options, project="project"):
        base = relay.url + "/agents/opencode/providers"
        config = {"provider": {"anthropic": {"options": {"baseURL": base + "/anthropic/v1"}},
                               "openai": {"options": {"baseURL": base + "/openai"}}},
                  "autoupdate": False, "share": "disabled"}
        environment = {"OPENCODE_CONFIG_CONTENT": json.dumps(config), "OPENCODE_DISABLE_AUTOUPDATE": "1",
                       "OPENCODE_DISABLE_MODELS_FETCH": "1", "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
                       "ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef", "OPENAI_API_KEY": "sk-test-0123456789abcdef"}
        command = [installed("opencode"), "run", "-m", MODELS[provider], *options, prompt]
        return home.start(command, environment, home.project(project))
    return start


TITLES = 1  # the request for a session's title has a root of its own


def conversation(*prompts):
    """What the chain of these prompts says: the mock repeats each."""
    return [(role, text) for prompt in prompts
            for role, text in (("user", prompt), ("assistant", "You said: " + prompt))]


def of_titles(chain):
    return texts(chain)[0][1].startswith("You are a title generator")


def turns_of(shape, *, titles=False):
    """The chains of all turns, in order, without their system prompts; those of titles, or the others."""
    chains = [shape.chain(turn["head_hash"]) for turn in shape.turns]
    return [chain[1:] for chain in chains if of_titles(chain) == titles]


def test_resumed_session_is_one_chain(relay, opencode, provider):
    one = relay()
    opencode(one, "first").succeeds()
    opencode(one, "second", "-c").succeeds()
    opencode(one, "third", "-c").succeeds()
    shape = Shape(one.store)
    assert len(shape.roots) == 1 + TITLES and not shape.forks, shape.told()
    assert len(turns_of(shape, titles=True)) == 1, shape.told()
    assert texts(turns_of(shape)[-1]) == conversation("first", "second", "third"), shape.told()


def test_task_with_calls_is_one_chain(relay, opencode, home, provider):
    one = relay()
    opencode(one, "[task]", "--auto").succeeds()
    opencode(one, "second", "-c", "--auto").succeeds()
    assert (home.project() / "tapes-mock.txt").exists()
    shape = Shape(one.store)
    assert len(shape.roots) == 1 + TITLES and not shape.forks, shape.told()
    chain = turns_of(shape)[-1]
    kinds = [block["type"] for node in chain for block in node["content"]]
    assert kinds.count("tool_use") == kinds.count("tool_result") == 3, shape.told()
    assert texts(chain)[-2:] == conversation("second"), shape.told()


def test_two_at_once_are_two_chains(relay, opencode, valve, provider):
    """Their system prompts name their directories, that for titles does not: the fork between the titles, and that behind
    the system prompt where a session was before, are the client's own."""
    one = relay()
    opencode(one, "hello", project="left").succeeds()  # makes the program's database, which two cannot do at once
    valve.two_at_once(ANSWERS[provider], lambda prompt: opencode(one, prompt, project=prompt))
    for prompt in ("left", "right"):
        opencode(one, prompt + "-again", "-c", project=prompt).succeeds()
    shape = Shape(one.store)
    assert len(shape.roots) == 2 + TITLES, shape.told()
    assert len(shape.forks) == 1 + TITLES, shape.told()
    assert all(fork["role"] in ("system", "developer", "user") for fork in shape.forks), shape.told()
    assert len(turns_of(shape, titles=True)) == 3, shape.told()
    assert sorted(texts(chain) for chain in turns_of(shape)) == sorted(
        conversation(*prompts) for prompts in (["hello"], ["left"], ["left", "left-again"], ["right"],
                                               ["right", "right-again"])), shape.told()


def test_interrupted_answer_is_left_out_by_the_client(relay, opencode, valve, provider):
    """OpenCode forgets an answer that Ctrl-C broke off, and goes on behind the prompt: the fork is its own."""
    one = relay()
    opencode(one, "first").succeeds()
    valve.hold(ANSWERS[provider])
    run = opencode(one, LONG, "-c")
    valve.wait_held()
    run.interrupt()
    valve.open()
    opencode(one, "third", "-c").succeeds()
    shape = shape_of(one.store, 3 + TITLES)
    assert len(shape.roots) == 1 + TITLES, shape.told()
    assert len(shape.forks) == 1, shape.told()
    first, broken, third = turns_of(shape)
    assert texts(first) == conversation("first") and texts(broken)[:2] == texts(third)[:2] == texts(first), shape.told()
    assert ("user", f'"{LONG}"') == texts(broken)[2], shape.told()
    assert f'You said: "{LONG}"'.startswith(texts(broken)[3][1]), shape.told()
    assert "client_closed" in [turn["end_reason"] for turn in shape.turns], shape.told()
    # The Messages API wants roles in turn: the AI SDK makes one message of the two prompts there.
    users = [block["text"] for node in third if node["role"] == "user" for block in node["content"]]
    assert users == ["first", f'"{LONG}"', "third"], shape.told()
    assert shape.forks[0]["hash"] == (first if provider == "anthropic" else broken[:3])[-1]["hash"], shape.told()


def test_session_goes_on_after_the_proxy_was_killed(relay, opencode, valve, provider):
    """Killed between two turns, and in the middle of an answer: OpenCode asks again."""
    one = relay()
    opencode(one, "first").succeeds()
    one.kill()
    two = relay(one.port)
    opencode(two, "second", "-c").succeeds()
    valve.hold(ANSWERS[provider])
    run = opencode(two, "third", "-c")
    valve.wait_held()
    two.kill()
    valve.open()
    three = relay(one.port)
    run.succeeds()
    opencode(three, "fourth", "-c").succeeds()
    shape = Shape(three.store)
    assert len(shape.roots) == 1 + TITLES and not shape.forks, shape.told()
    assert texts(turns_of(shape)[-1]) == conversation("first", "second", "third", "fourth"), shape.told()


def test_every_view_of_the_page_shows_it(relay, shown, opencode):
    one = relay()
    opencode(one, "first").succeeds()
    opencode(one, "Please do the [task]", "-c", "--auto").succeeds()
    shown(one, "You said: first", "Please do the [task]", "tapes-mock.txt")
