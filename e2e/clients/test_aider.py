"""aider, over Chat Completions.

Aider says its list of files behind the history and before the prompt, and a reminder of its rules behind the prompt, so
both move in each request; and it restores its history from a file in which every line ends in blanks. What it says forks
behind the system prompt, and behind the history that was restored: these forks are its own."""
import pytest
from harness.store import texts
from programs import installed
from shape import Shape, one_chain, shape_of

ANSWER = b'"content":"You '  # the first piece of what the mock says
LONG = "a longer one " * 20 + "."  # what comes after an interrupt takes a second


@pytest.fixture
def aider(home):
    def start(relay, prompt, *options, project="project"):
        command = [installed("aider"), "--openai-api-base", relay.url + "/agents/aider/providers/openai",
                   "--model", "gpt-4o", "--no-check-update", "--analytics-disable", "--no-show-model-warnings",
                   "--no-show-release-notes", "--no-gitignore", "--no-pretty", "--map-tokens", "0", "--yes-always",
                   *options, "--message", prompt]
        environment = {"OPENAI_API_KEY": "sk-test-0123456789abcdef", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        return home.start(command, environment, home.project(project))
    return start


EDIT = """first

README.md
```
<<<<<<< SEARCH
=======
a new line
>>>>>>> REPLACE
```
"""


def last(chain):
    """The last prompt and its answer; between them stands the reminder."""
    (prompt, reminder, answer) = texts(chain)[-3:]
    assert (prompt[0], reminder[0], answer[0]) == ("user", "system", "assistant"), texts(chain)
    return prompt[1], answer[1]


def turns_of(shape):
    return [shape.chain(turn["head_hash"]) for turn in shape.turns]


def test_first_run_is_one_chain(relay, aider):
    one = relay()
    aider(one, "first").succeeds()
    assert last(one_chain(one.store, turns=1)) == ("first", "You said: first")


def test_restored_history_forks_where_the_client_rewrites_it(relay, aider):
    one = relay()
    for prompt in ("first", "second", "third"):
        aider(one, prompt, "--restore-chat-history").succeeds()
    shape = Shape(one.store)
    first, second, third = turns_of(shape)
    assert len(shape.roots) == 1, shape.told()
    assert [last(chain) for chain in turns_of(shape)] == [(p, "You said: " + p) for p in ("first", "second", "third")]
    # Behind the system prompt, and behind what `second` restored (a prompt and its answer), from which `third` goes on.
    assert {node["hash"] for node in shape.forks} == {first[0]["hash"], second[2]["hash"]}, shape.told()
    assert second[:3] == third[:3], shape.told()


def test_edit_brings_a_root_for_its_commit_message(relay, aider, home):
    """The message of the commit is asked of the weak model, with a system prompt of its own."""
    one = relay()
    aider(one, EDIT, "README.md").succeeds()
    assert "a new line" in (home.project() / "README.md").read_text()
    shape = Shape(one.store)
    assert len(shape.roots) == 2 and not shape.forks, shape.told()
    assert [turn["model"] for turn in shape.turns] == ["gpt-4o", "gpt-4o-mini"], shape.told()


def test_two_at_once_are_two_chains(relay, aider, valve):
    """All before their prompts is the same: one root, and one fork, at the prompt."""
    one = relay()
    valve.two_at_once(ANSWER, lambda prompt: aider(one, prompt, project=prompt))
    shape = Shape(one.store)
    left, right = turns_of(shape)
    assert len(shape.roots) == 1, shape.told()
    assert [node["hash"] for node in shape.forks] == [left[-4]["hash"]] == [right[-4]["hash"]], shape.told()
    assert {last(left), last(right)} == {("left", "You said: left"), ("right", "You said: right")}, shape.told()


def test_interrupted_answer_is_left_out_by_the_client(relay, aider, valve):
    """After Ctrl-C aider restores the prompt without an answer."""
    one = relay()
    aider(one, "first").succeeds()
    valve.hold(ANSWER)
    run = aider(one, LONG, "--restore-chat-history")
    valve.wait_held()
    run.interrupt()
    valve.open()
    aider(one, "third", "--restore-chat-history").succeeds()
    shape = shape_of(one.store, 3)
    first, broken, third = turns_of(shape)
    assert len(shape.roots) == 1, shape.told()
    assert {node["hash"] for node in shape.forks} == {first[0]["hash"], broken[2]["hash"]}, shape.told()
    assert shape.turns[1]["end_reason"] == "client_closed", shape.told()
    prompt, answer = last(broken)
    assert prompt == LONG and ("You said: " + LONG).startswith(answer), shape.told()
    assert last(third) == ("third", "You said: third"), shape.told()
    assert LONG in texts(third)[3][1] and not any(text == answer for _, text in texts(third)), shape.told()


def test_prompt_is_asked_again_after_the_proxy_was_killed(relay, aider, valve):
    """Killed in the middle of an answer: aider asks again by itself, and nothing of the broken one is there."""
    one = relay()
    valve.hold(ANSWER)
    run = aider(one, "first")
    valve.wait_held()
    one.kill()
    valve.open()
    two = relay(one.port)
    run.succeeds()
    assert last(one_chain(two.store, turns=1)) == ("first", "You said: first")


def test_every_view_of_the_page_shows_it(relay, shown, aider):
    one = relay()
    for prompt in ("first", "second"):
        aider(one, prompt, "--restore-chat-history").succeeds()
    shown(one, "You said: first", "You said: second")
