"""Claude Code on Vertex AI and on Amazon Bedrock: other paths, and on Bedrock another stream, of the same conversations."""
import pytest
from harness.wire import TIMEOUT, wait_until
from programs import installed
from shape import Shape
from test_claude_code import answered, said

KEY = "bedrock-api-key-0123456789abcdef"
# The variables of docs.claude.com, "Claude Code on Google Vertex AI", "… on Amazon Bedrock" and "LLM gateway configuration".
CLOUDS = {
    "vertex": ({"CLAUDE_CODE_USE_VERTEX": "1", "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1", "CLOUD_ML_REGION": "us-east5",
                "ANTHROPIC_VERTEX_PROJECT_ID": "p"}, "ANTHROPIC_VERTEX_BASE_URL", "/v1", "RawPredict"),
    "bedrock": ({"CLAUDE_CODE_USE_BEDROCK": "1", "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1", "AWS_REGION": "us-east-1"},
                "ANTHROPIC_BEDROCK_BASE_URL", "", "/invoke"),
    "bedrock with a key": ({"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_BEARER_TOKEN_BEDROCK": KEY, "AWS_REGION": "us-east-1"},
                           "ANTHROPIC_BEDROCK_BASE_URL", "", "/invoke"),
}


@pytest.fixture(params=CLOUDS)
def cloud(request):
    return request.param


@pytest.fixture
def relay(valve, proxy):
    """A proxy that tells providers by their paths."""
    return proxy(valve, provider="auto")


@pytest.fixture
def claude(home, relay, cloud):
    def start(prompt, *options):
        variables, base, prefix, _ = CLOUDS[cloud]
        environment = {**variables, base: relay.url + prefix, "IS_SANDBOX": "1", "DISABLE_TELEMETRY": "1",
                       "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        command = [installed("claude"), "--dangerously-skip-permissions", *options, "-p", prompt]
        return home.start(command, environment, home.project())
    return start


def conversation(store, turns):
    """(the chain of all that was said, its turns). With a key of Bedrock's, each process asks three models for one token
    (`.`), to learn which of them the key may use: those are chains of the client's own."""
    def enough():
        shape = Shape(store)
        own = [turn for turn in shape.turns if said(shape.chain(turn["head_hash"]))[0] != ("user", ".")]
        return (shape, own) if len(own) >= turns else None
    shape, own = wait_until(enough, TIMEOUT, f"{turns} turns")
    chain = max((shape.chain(turn["head_hash"]) for turn in own), key=len)
    assert len(own) == turns and {node["hash"] for turn in own for node in shape.chain(turn["head_hash"])} == {
        node["hash"] for node in chain}, shape.told()
    assert not shape.forks, shape.told()
    return chain, own


def test_a_task_with_calls_is_one_chain_of_the_clouds_own(relay, claude, cloud, home, run):
    claude("first").succeeds()
    claude("Please do the [task]", "-c").succeeds()
    claude("third", "-c").succeeds()
    assert (home.project() / "tapes-mock.txt").exists()
    chain, turns = conversation(relay.store, 6)
    shape = Shape(relay.store)
    kinds = [block["type"] for node in chain for block in node["content"]]
    assert kinds.count("tool_use") == kinds.count("tool_result") == 3, shape.told()
    assert said(chain)[-2:] == [("user", "third"), ("assistant", "You said: third")], shape.told()
    assert {(turn["api"], turn["provider"]) for turn in turns} == {("anthropic_messages", cloud.split()[0])}
    assert all(CLOUDS[cloud][3] in turn["path"] and turn["model"] for turn in turns), shape.told()
    assert all(turn["total_tokens"] and turn["program"] == "claude-code" for turn in turns)
    assert KEY.encode() not in relay.store.path.read_bytes()
    assert relay.stop() == 0
    code, out, err = run("verify", "--sqlite", relay.store.path)
    assert code == 0, out + err


def test_a_resumed_session_is_one_chain(relay, claude):
    claude("first").succeeds()
    claude("second", "-c").succeeds()
    assert answered(conversation(relay.store, 2)[0], "first", "second"), Shape(relay.store).told()
