"""Claude Code, over the Messages API."""
import json
import re

import pytest
from harness.store import texts
from programs import installed
from shape import Shape, one_chain, shape_of

ANSWER = b'"text":"You '  # the first piece of what the mock says
REMINDER = re.compile(r"\n?<system-reminder>.*?</system-reminder>\n?", re.DOTALL)
LONG = "a longer one " * 20 + "."  # what comes after an interrupt takes a second


@pytest.fixture
def claude(home):
    def start(relay, prompt, *options, project="project"):
        settings = {"env": {"ANTHROPIC_BASE_URL": relay.url + "/agents/claude/providers/anthropic"}}
        environment = {"ANTHROPIC_API_KEY": "sk-ant-test-0123456789abcdef", "IS_SANDBOX": "1",
                       "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_TELEMETRY": "1"}
        command = [installed("claude"), "--settings", json.dumps(settings), "--dangerously-skip-permissions",
                   *options, "-p", prompt]
        return home.start(command, environment, home.project(project))
    return start


def session_of(store) -> str:
    return store.exchanges()[-1]["session"]


def said(chain):
    """What was said, without the reminders and the environment that Claude Code puts around prompts."""
    return [(role, REMINDER.sub("", text)) for role, text in texts(chain) if role != "system"]


def answered(chain, *prompts):
    """Whether `chain` is a conversation of these prompts. The mock repeats the whole last message: more than the prompt,
    where that is the first of a process."""
    roles = [role for role, _ in said(chain)]
    return (roles == ["user", "assistant"] * len(prompts)
            and [text for role, text in said(chain) if role == "user"] == list(prompts))


def test_resumed_session_is_one_chain(relay, claude):
    """By `-c` and by the session's id, in the same state of the git tree."""
    one = relay()
    claude(one, "first").succeeds()
    claude(one, "second", "-c").succeeds()
    claude(one, "third", "-r", session_of(one.store)).succeeds()
    assert answered(one_chain(one.store, turns=3), "first", "second", "third"), Shape(one.store).told()


def test_session_is_one_chain_when_the_git_tree_has_changed(relay, claude, home):
    one = relay()
    claude(one, "first").succeeds()
    (home.project() / "README.md").write_text("changed\n")
    (home.project() / "new.txt").write_text("new\n")
    claude(one, "second", "-c").succeeds()
    assert answered(one_chain(one.store, turns=2), "first", "second"), Shape(one.store).told()


def test_task_with_calls_is_one_chain(relay, claude, home):
    """In a second turn: the first message is followed by one of the client's own, and the mock looks at the last."""
    one = relay()
    claude(one, "first").succeeds()
    claude(one, "Please do the [task]", "-c").succeeds()
    claude(one, "third", "-c").succeeds()
    assert (home.project() / "tapes-mock.txt").exists()
    chain = one_chain(one.store, turns=6)
    kinds = [block["type"] for node in chain for block in node["content"]]
    assert kinds.count("tool_use") == kinds.count("tool_result") == 3, Shape(one.store).told()
    assert said(chain)[-2:] == [("user", "third"), ("assistant", "You said: third")]


def test_fork_session_forks_where_the_user_did(relay, claude):
    """A session forked from another goes on with its chain; the fork behind the first answer is the user's own."""
    one = relay()
    claude(one, "first").succeeds()
    session = session_of(one.store)
    claude(one, "forked", "-r", session, "--fork-session").succeeds()
    claude(one, "second", "-r", session).succeeds()
    shape = Shape(one.store)
    assert len(shape.roots) == 1, shape.told()
    first, forked, second = (shape.chain(turn["head_hash"]) for turn in shape.turns)
    assert answered(forked, "first", "forked") and answered(second, "first", "second"), shape.told()
    assert [node["hash"] for node in shape.forks] == [first[-1]["hash"]], shape.told()
    assert len({turn["session"] for turn in shape.turns}) == 2, shape.told()


def test_two_at_once_are_two_chains(relay, claude, valve):
    """Their system prompts name their directories: two roots."""
    one = relay()
    valve.two_at_once(ANSWER, lambda prompt: claude(one, prompt, project=prompt))
    for prompt in ("left", "right"):
        claude(one, prompt + " again", "-c", project=prompt).succeeds()
    shape = Shape(one.store)
    assert len(shape.roots) == 2, shape.told()
    assert not shape.forks, shape.told()
    ends = [shape.chain(turn["head_hash"]) for turn in shape.turns]
    assert sorted(turn["session"] for turn in shape.turns[:2]) == sorted(turn["session"] for turn in shape.turns[2:])
    for prompt in ("left", "right"):
        assert [answered(chain, prompt, prompt + " again") for chain in ends].count(True) == 1, shape.told()
        assert [answered(chain, prompt) for chain in ends].count(True) == 1, shape.told()


def test_interrupted_prompt_is_rewritten_by_the_client(relay, claude, valve):
    """After Ctrl-C, Claude Code writes `[Request interrupted by user]` and an answer of its own (`No response requested.`),
    into the prompt's message where it forgets the partial answer, else behind what it had of it. A fork before the prompt,
    or behind it, is its own."""
    one = relay()
    claude(one, "first").succeeds()
    valve.hold(ANSWER)
    run = claude(one, LONG, "-c")
    valve.wait_held()
    run.interrupt()
    valve.open()
    claude(one, "third", "-c").succeeds()
    shape = shape_of(one.store, 3)
    assert len(shape.roots) == 1, shape.told()
    first, broken, third = (shape.chain(turn["head_hash"]) for turn in shape.turns)
    assert shape.turns[1]["end_reason"] == "client_closed", shape.told()
    assert [node["hash"] for node in shape.forks] in ([], [first[-1]["hash"]], [broken[-2]["hash"]]), shape.told()
    assert said(broken)[-2] == ("user", LONG) and ("You said: " + LONG).startswith(said(broken)[-1][1]), shape.told()
    assert "[Request interrupted by user]" in said(third)[-4][1], shape.told()
    assert said(third)[-2:] == [("user", "third"), ("assistant", "You said: third")], shape.told()


def test_session_goes_on_after_the_proxy_was_killed(relay, claude, valve):
    """Killed between two turns, and in the middle of an answer: Claude Code asks again, with a reminder that the answer
    was cut off where it had begun to show it."""
    one = relay()
    claude(one, "first").succeeds()
    one.kill()
    two = relay(one.port)
    claude(two, "second", "-c").succeeds()
    valve.hold(ANSWER)
    run = claude(two, "third", "-c")
    valve.wait_held()
    two.kill()
    valve.open()
    three = relay(one.port)
    run.succeeds()
    claude(three, "fourth", "-c").succeeds()
    assert answered(one_chain(three.store, turns=4), "first", "second", "third", "fourth"), Shape(three.store).told()


def test_every_view_of_the_page_shows_it(relay, shown, claude):
    one = relay()
    claude(one, "first").succeeds()
    claude(one, "Please do the [task]", "-c").succeeds()
    shown(one, "You said: ", "Please do the [task]", "Write", "tapes-mock.txt")
