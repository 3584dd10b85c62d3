"""`tapes tree`, `tapes diff` and `tapes exchange show --events`: forks, differences, and what an answer said."""
import gzip
import json
import threading

import pytest

from harness import chat
from harness.chat import SSE_HEAD, answer
from harness.wire import Answering, chunk

HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202edrawkcab\u2066 \u200bnul\x00 \x9b2J"


@pytest.fixture
def tell(run):
    """The objects that a command writes with --json."""
    def go(relay, *arguments, code=0):
        done, out, err = run(*arguments, "--sqlite", relay.store.path, "--json")
        assert done == code, (out, err)
        return [json.loads(line) for line in out.splitlines()]
    return go


@pytest.fixture
def talk(proxy, upstream):
    """A relay, and a function that asks it for the next answer of a chain of texts."""
    answers = []
    server = upstream(Answering(lambda peer, head, body: peer.send(answer(answers.pop(0)))))
    relay = proxy(server)

    def ask(*messages, says="ok", session="work-1", message=None, agent=""):
        answers.append(chat.completion(says, message=message))
        fields = b"session_id: %s\r\n" % session.encode()
        if agent:
            fields += b"x-claude-code-agent-id: %s\r\n" % agent.encode()
        relay.fetch(chat.turn(messages=list(messages), fields=fields))
    return relay, ask


def user(text):
    return {"role": "user", "content": text}


def said(text):
    return {"role": "assistant", "content": text}


def calls(name, arguments, call="call_12345678"):
    return {"role": "assistant", "content": None,
            "tool_calls": [{"id": call, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}]}


def result(text, call="call_12345678"):
    return {"role": "tool", "tool_call_id": call, "content": text}


def outline(told):
    """(level, current, turns, words, branches, cause) of each branch."""
    return [(one["level"], one["current"], one["turns"], one["words"], one["branches"], one["cause"])
            for one in told if one["type"] == "branch"]


def visible(text):
    """Whether nothing in a text acts on a terminal."""
    return not any(ord(c) < 32 and c not in "\n" or 0x7f <= ord(c) < 0xa0 or c in "\u202e\u2066\u200b" for c in text)


FORKS = {
    "retry": ([user("write a parser")], "another one", 0),
    "edit": ([user("write a parser"), said("here it is, as you asked for it"), user("now test it well, please")], "tested", 1),
    "continuation": ([user("write a parser"), said("here it is, as you asked for it"), user("what time is it?")], "late", 1),
    "client": ([user("write a parser"), said("I never said any of that to you"), user("go on")], "where?", 0),
}


@pytest.mark.parametrize("cause", FORKS)
def test_forks_are_drawn_with_their_cause(talk, tell, run, cause):
    relay, ask = talk
    again, says, turns = FORKS[cause]
    first = said("here it is, as you asked for it")
    ask(user("write a parser"), says=first["content"])
    if cause != "retry":
        ask(user("write a parser"), first, user("now test it well"), says="it passes")
    ask(*again, says=says)
    relay.store.wait_exchanges(2 if cause == "retry" else 3)
    told = tell(relay, "tree")
    assert [one["type"] for one in told] == ["session", "thread", "branch", "branch", "branch"]
    top, old, new = outline(told)
    assert top == (0, True, turns, "write a parser", 2, cause)
    assert old[:2] == (1, False) and new[:2] == (0, True) and new[4] == 0
    assert [one["made_by"] for one in told[2:]] == [None, None, cause]
    assert told[3]["above"] == told[4]["above"] == told[2]["node"]
    # Page by page, and the same tree by a node of it.
    pages = [told[2]]
    after = None
    for _ in range(3):
        page = tell(relay, "tree", "--limit", "1", *(("--after", after) if after else ()))
        branches = [one for one in page if one["type"] == "branch"]
        assert len(branches) == 1
        pages.append(branches[0])
        more = [one for one in page if one["type"] == "more"]
        after = more[0]["after"] if more else None
    assert pages[1:] == told[2:] and after is None
    by_node = tell(relay, "tree", told[4]["hash"][:16])
    assert outline(by_node) == outline(told)
    for environment, lines in (({"LC_ALL": "C"}, ("|-o ", "* ")), ({"LC_ALL": "C.UTF-8"}, ("├─○ ", "● "))):
        code, out, err = run("tree", "--sqlite", relay.store.path, environment=environment)
        assert code == 0 and all(line in out for line in lines), out
        assert f"fork: 2 branches, the newest by {cause}" in out and visible(out), out
        assert [f", {cause}  " in line for line in out.splitlines() if "turn" in line or "node" in line][-1], out
    done, out, err = run("diff", told[3]["hash"][:16], told[4]["hash"][:16], "--sqlite", relay.store.path)
    assert done == 0 and out.startswith("--- ") and "\n+++ " in out and " in common" in out, (out, err)


def test_a_transcript_says_what_made_each_branch(talk, tell, run):
    relay, ask = talk
    first = said("here it is, as you asked for it")
    ask(user("write a parser"), says=first["content"])
    ask(user("write a parser"), first, user("now test it well"), says="it passes")
    ask(user("write a parser"), first, user("now test it well, please"), says="tested")
    ask(user("write a parser"), first, user("what time is it?"), says="late")
    relay.store.wait_exchanges(4)
    fork, = [one for one in tell(relay, "show") if one["type"] == "fork"]
    assert (fork["cause"], fork["here"], fork["more_branches"]) == ("continuation", "continuation", 0)
    assert [one["made_by"] for one in fork["branches"]] == [None, "edit"]
    code, out, _ = run("show", "--sqlite", relay.store.path)
    assert code == 0 and "fork (here by continuation): " in out and "(2 nodes), " in out and "(2 nodes, edit)" in out, out


def test_a_thread_says_which_one_it_goes_on_from(talk, tell, run):
    relay, ask = talk
    ask(user("write a parser"), says="here it is")
    ask({"role": "system", "content": "Go on."},
        user("This session is being continued from a previous conversation that ran out of context."), says="Going on.")
    relay.store.wait_exchanges(2)
    threads = [one for one in tell(relay, "show") if one["type"] == "thread"]
    assert threads == [] or [one["continues"] for one in threads] == [None, 1]
    second, = [one for one in tell(relay, "show", "--thread", "2") if one["type"] == "thread"]
    assert second["continues"] == 1
    code, out, _ = run("show", "--thread", "2", "--sqlite", relay.store.path)
    assert code == 0 and "thread 2 (" in out and ", goes on from a summary of thread 1" in out, out
    assert [one["continues"] for one in tell(relay, "tree") if one["type"] == "thread"] == [None, 1]


def test_sub_agents_stand_below_their_calls(talk, tell, run):
    relay, ask = talk
    task = calls("Task", {"prompt": "Read parser.cpp and report"})
    ask(user("Find the bug"), message=task)
    ask({"role": "system", "content": "You are a sub-agent."}, user("Read parser.cpp and report"), says="Line 7", agent="a1")
    ask(user("Find the bug"), task, result("Line 7"), says="Fixed.")
    relay.store.wait_exchanges(3)
    told = tell(relay, "tree")
    assert [(one["type"], one["level"]) for one in told[1:]] == [("thread", 0), ("branch", 0), ("thread", 1), ("branch", 1)]
    assert (told[3]["kind"], told[3]["parent"], told[3]["number"]) == ("subagent", 1, 2)
    assert told[2]["turns"] == 2 and told[4]["words"] == "Read parser.cpp and report"
    assert [one["type"] for one in tell(relay, "tree", "--thread", "2")] == ["session", "thread", "branch"]
    code, out, _ = run("tree", "--ascii", "--sqlite", relay.store.path)
    assert code == 0 and "\n`-thread 2 (subagent)" in out, out


def test_exchanges_and_sessions_and_chains_are_compared(talk, tell, run):
    relay, ask = talk
    look = calls("Bash", {"command": "make test", "times": 1})
    other = calls("Bash", {"command": "make all", "times": 1}, "call_87654321")
    ask(user("fix the parser"), message=look, session="one-session")
    ask(user("fix the parser"), look, result("3 failed"), says="It is broken.", session="one-session")
    ask(user("fix the parser"), message=other, session="two-session")
    ask(user("fix the parser"), other, result("2 failed", "call_87654321"), says="It is fixed.", session="two-session")
    rows = relay.store.wait_exchanges(4)
    chains, first, second, last = tell(relay, "diff", rows[1]["head_hash"], rows[3]["head_hash"])
    assert chains["common"]["nodes"] == 1 and chains["left"]["turns"] == chains["right"]["turns"] == 2
    values = first["blocks"][0]["values"]
    assert [one["path"] for one in values] == ["/command"]
    assert [(one["change"], one["text"]) for one in values[0]["text"]] == [("same", "make "), ("removed", "test"), ("added", "all")]
    assert second["blocks"][0]["kind"] == "tool_result" and last["change"] == "changed"
    code, out, _ = run("diff", rows[1]["head_hash"], rows[3]["head_hash"], "--sqlite", relay.store.path)
    assert code == 0
    for line in ("- make [-test-]", "+ make {+all+}", "- It is [-broken-].", "+ It is {+fixed+}."):
        assert line in out.splitlines(), out
    told = tell(relay, "diff", rows[1]["id"], str(rows[3]["seq"]))
    assert told[0]["type"] == "exchanges" and {one["part"] for one in told if one["type"] == "part"} == {"message"}
    assert told[0]["same_parts"] >= 2 and told[-1]["type"] == "message"
    told = tell(relay, "diff", "one-session", "two-session")
    assert [one["type"] for one in told] == ["sessions", "threads", "chains", "message", "message", "message"]
    assert [(one["tool"], one["left_calls"], one["right_calls"]) for one in told[0]["tools"]] == [("Bash", 1, 1)]
    # Of things of two kinds the chains are compared, which is said.
    code, out, err = run("diff", "two-session", rows[1]["head_hash"], "--sqlite", relay.store.path)
    assert code == 0 and "their chains are compared" in err and out.startswith("--- "), (out, err)
    code, out, _ = run("diff", "two-session", "two-session", "--stat", "--sqlite", relay.store.path)
    assert code == 0 and "0 changed, 0 removed, 0 added" in out, out


def test_wrong_use_and_nothing_found_have_exit_codes(talk, run):
    relay, ask = talk
    ask(user("hi"))
    relay.store.only()
    for arguments, code in ((["tree", "nothing-of-it"], 1), (["tree", "@7"], 1), (["tree", "--after", "x"], 2),
                            (["tree", "1", "--thread", "1"], 2), (["tree", "--limit", "-1"], 2), (["diff", "@"], 2),
                            (["diff", "@", "@7"], 1), (["diff", "@", "@", "--words", "--lines"], 2),
                            (["diff", "@", "@", "--stat", "--json"], 2), (["diff", "@", "@"], 0), (["tree"], 0),
                            (["exchange", "show", "1", "--events", "--raw"], 2),
                            (["exchange", "show", "9", "--events"], 1), (["exchange", "show", "1", "--events"], 0)):
        done, out, err = run(*arguments, "--sqlite", relay.store.path)
        assert done == code, (arguments, out, err)
        assert code == 0 or (err.startswith("tapes: ") and not out), (arguments, out, err)


def test_what_is_hostile_stays_text(talk, tell, run):
    relay, ask = talk
    name = "tool\x1b[2J\u202e" + "x" * 3000
    ask(user(HOSTILE), message=calls(name, {"command": HOSTILE, "k" * 5000 + "\x1b/~": 1}), session="evil")
    ask(user(HOSTILE), message=calls(name, {"command": HOSTILE + " more", "j" * 5000 + "\u202e": 2}), session="evil")
    ask(user(HOSTILE + "\r\n" * 50 + "e" + "\u0301" * 3000), says="\u4fee" * 3000 + HOSTILE, session="evil")
    relay.store.wait_exchanges(3)
    hashes = [one["hash"] for one in tell(relay, "tree") if one["type"] == "branch" and not one["branches"]]
    for arguments in (["tree"], ["diff", hashes[0], hashes[1]], ["diff", hashes[0], hashes[1], "--lines"], ["diff", "1", "3"],
                      ["diff", hashes[0], hashes[-1]], ["diff", "@", "@"], ["exchange", "show", "2", "--events"]):
        for more in ([], ["--json"]):
            code, out, err = run(*arguments, *more, "--sqlite", relay.store.path)
            assert code == 0 and out, (arguments, err)
            assert visible(out), (arguments, more, out[:500])
            for line in out.splitlines() if more else []:
                json.loads(line)


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_the_events_of_an_answer_have_their_times(proxy, upstream, run, tell, coding):
    events = chat.stream_events("Hel", "lo")
    head = SSE_HEAD if coding == "identity" else SSE_HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")

    def serve(peer, asked, body):
        peer.send(head)
        for one in events:
            peer.send(chunk(one if coding == "identity" else gzip.compress(one)))
            threading.Event().wait(0.05)  # what came together has one time
        peer.send(b"0\r\n\r\n")
    relay = proxy(upstream(Answering(serve)))
    relay.fetch(chat.turn("hi", stream=True))
    relay.store.only()
    listing, *told = tell(relay, "exchange", "show", "1", "--events")
    assert (listing["form"], listing["timed"], listing["next"]) == ("sse", True, None)
    assert listing["coding"] == (None if coding == "identity" else "gzip")
    assert [one["data"] for one in told] == [one.decode()[6:-2] for one in events]
    assert told[0]["offset"] == 0 and sum(one["bytes"] for one in told) == sum(map(len, events)) == listing["body_bytes"]
    times = [one["at"] for one in told]
    assert times == sorted(times) and len(set(times)) > len(events) // 2
    page = tell(relay, "exchange", "show", "1", "--events", "--limit", "2")
    assert page[0]["next"] == told[2]["offset"] and page[1:] == told[:2]
    rest = tell(relay, "exchange", "show", "1", "--events", "--from", str(told[2]["offset"]))
    assert rest[1:] == told[2:]
    code, out, err = run("exchange", "show", "1", "--events", "--sqlite", relay.store.path)
    assert code == 0 and len(out.splitlines()) == len(events) + 1 and "Hel" in out, (out, err)
