"""llm (llm.datasette.io), over Chat Completions."""
import pytest
from harness.store import texts
from programs import installed
from shape import Shape, one_chain, shape_of

ANSWER = b'"content":"You '  # the first piece of what the mock says
LONG = "a longer one " * 20 + "."  # what comes after an interrupt takes a second


@pytest.fixture
def llm(home):
    def start(relay, prompt, *options):
        environment = {"OPENAI_BASE_URL": relay.url + "/agents/llm/providers/openai", "OPENAI_API_KEY": "sk-test-0123456789",
                       "LLM_USER_PATH": str(home.path / "llm")}
        return home.start([installed("llm"), "-m", "gpt-4o-mini", *options, prompt], environment, home.project())
    return start


def conversation(*prompts):
    """What the chain of these prompts says: the mock repeats each."""
    return [(role, text) for prompt in prompts
            for role, text in (("user", prompt), ("assistant", "You said: " + prompt))]


def test_resumed_conversation_is_one_chain(relay, llm):
    one = relay()
    assert "You said: first" in llm(one, "first").succeeds()
    llm(one, "second", "-c").succeeds()
    llm(one, "third", "-c").succeeds()
    assert texts(one_chain(one.store, turns=3)) == conversation("first", "second", "third")


def test_calls_and_their_results_stand_in_the_chain_once(relay, llm):
    one = relay()
    tool = "def length(word: str) -> int:\n    'Counts letters.'\n    return len(word)"
    llm(one, 'Count. [call length {"word": "tapes"}]', "--functions", tool).succeeds()
    llm(one, "second", "-c", "--functions", tool).succeeds()
    chain = one_chain(one.store, turns=3)
    assert [node["role"] for node in chain] == ["user", "assistant", "tool", "assistant", "user", "assistant"]
    assert [block["type"] for block in chain[1]["content"]] == ["tool_use"]


def test_two_at_once_are_two_chains(relay, llm, valve):
    one = relay()
    llm(one, "hello").succeeds()  # makes llm's database, which two cannot do at once
    valve.hold(ANSWER)
    runs = [llm(one, prompt, "-n") for prompt in ("left", "right")]
    for run in runs:
        run.shows("You ")
    valve.wait_held(2)
    valve.open()
    for run in runs:
        run.succeeds()
    shape = Shape(one.store)
    assert not shape.forks, shape.told()
    assert sorted(texts(shape.chain(turn["head_hash"])) for turn in shape.turns) == \
        [conversation("hello"), conversation("left"), conversation("right")], shape.told()


def test_interrupted_answer_is_left_out_by_the_client(relay, llm, valve):
    """llm logs an answer only when it is whole: after Ctrl-C, `-c` goes on from the turn before. This fork is its own."""
    one = relay()
    llm(one, "first").succeeds()
    valve.hold(ANSWER)
    run = llm(one, LONG, "-c")
    run.shows("You ")
    run.interrupt()
    valve.open()
    one.store.wait_exchanges(2)
    llm(one, "third", "-c").succeeds()
    shape = shape_of(one.store, 3)
    assert len(shape.roots) == 1, shape.told()
    assert [node["hash"] for node in shape.forks] == [shape.turns[0]["head_hash"]], shape.told()
    first, broken, third = (texts(shape.chain(turn["head_hash"])) for turn in shape.turns)
    assert (first, third) == (conversation("first"), conversation("first", "third")), shape.told()
    assert broken[:3] == [*first, ("user", LONG)] and len(broken) == 4, shape.told()
    assert ("You said: " + LONG).startswith(broken[3][1]) and broken[3][1].startswith("You "), shape.told()
    assert shape.turns[1]["end_reason"] == "client_closed", shape.told()


def test_conversation_goes_on_after_the_proxy_was_killed(relay, llm, valve):
    """Killed between two turns, and in the middle of an answer: the request that broke off is in no chain."""
    one = relay()
    llm(one, "first").succeeds()
    one.store.wait_exchanges(1)
    one.kill()
    two = relay(one.port)
    llm(two, "second", "-c").succeeds()
    valve.hold(ANSWER)
    broken = llm(two, "broken", "-c")
    valve.wait_held()
    two.kill()
    assert broken.wait() != 0
    valve.open()
    three = relay(one.port)
    llm(three, "third", "-c").succeeds()
    assert texts(one_chain(three.store, turns=3)) == conversation("first", "second", "third")


def test_every_view_of_the_page_shows_it(relay, shown, llm):
    one = relay()
    llm(one, 'Count. [call length {"word": "tapes"}]', "--functions",
        "def length(word: str) -> int:\n    'Counts letters.'\n    return len(word)").succeeds()
    llm(one, "second", "-c").succeeds()
    shown(one, "length", "You said: second")
