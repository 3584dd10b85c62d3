"""A run of each real client, recorded once against the mock, runs again from the tape alone with the same outcome: in another
home, with other ids and dates, and with no upstream. Projects stand at the same place, for tools are called with the paths
that were recorded."""
import json
import re
import shutil

import programs
import pytest
from harness.store import Store, texts
from harness.tape import Tape
from programs import installed
from test_claude_code_clouds import CLOUDS
from test_gemini_cli import KEY as GEMINI_KEY
from test_run_clients import ANTHROPIC_KEY, OPENAI_KEY

TASK = "Please do the [task]"


class Tapes:
    """Records and plays runs of one client, each in a home of its own."""

    def __init__(self, binary, workspace, valve, mock):
        self.binary, self.workspace, self.valve, self.mock = binary, workspace, valve, mock
        self.tape = workspace / "tapes" / "client.tape"
        self.tape.parent.mkdir()
        self.store = Store(self.tape)
        self.homes = []

    def run(self, flags, commands, prepare, environment):
        """(output of each command, the project's files) in a new home; the project stands at the same path each time."""
        user = self.workspace / "user"
        shutil.rmtree(user, ignore_errors=True)
        home = programs.Home(user)
        self.homes.append(home)
        project = home.project()
        prepare(home)
        more = {"OPENAI_API_KEY": OPENAI_KEY, "ANTHROPIC_API_KEY": ANTHROPIC_KEY, "IS_SANDBOX": "1",
                "DISABLE_TELEMETRY": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                **environment}
        outputs = [home.start([self.binary, "run", *flags, "--", *command], more, project).succeeds() for command in commands]
        files = {path.name: path.read_text() for path in sorted(project.iterdir())
                 if path.is_file() and not path.name.startswith(".aider")}
        return outputs, files

    def record_and_play(self, name, *commands, environment=None, prepare=lambda home: None, flags=()):
        """Returns the files that the recorded run left, and the log of what was played last."""
        environment = environment or {}
        before, written = self.run(["--tape", self.tape], commands, prepare, environment)
        assert all(f"of {name}; see tapes show @" in output for output in before), before
        turns = [row for row in self.store.exchanges() if row["head_hash"]]
        last = [text for _, text in texts(self.store.chain(turns[-1]["head_hash"]))][-1]
        self.mock.stop()  # nobody answers any more
        for _ in range(2):
            after, again = self.run(["--replay", self.tape, "--fail-on-miss", *flags], commands, prepare, environment)
            log = self.tape.with_name(self.tape.name + ".replay.log").read_text()
            assert all(", 0 misses" in output for output in after), (after, log)
            assert again == written
            answered = sum(int(re.search(r"(\d+) requests? answered from the tape", output)[1]) for output in after)
            assert answered >= len(turns), (answered, len(turns), log)
            assert last.split("\n")[0][:40] in after[-1], (last, after)
        return written, log


@pytest.fixture
def tapes(binary, loopback_only, workspace, valve, mock):
    one = Tapes(binary, workspace, valve, mock)
    yield one
    for home in one.homes:
        home.end()


def test_claude_code(tapes, valve):
    """The task is its second message: the first is followed by one of the client's own, and the mock looks at the last."""
    claude = [installed("claude"), "--dangerously-skip-permissions", "-p"]
    files, _ = tapes.record_and_play("claude", [*claude, "first"], [*claude, TASK, "-c"],
                                     environment={"ANTHROPIC_BASE_URL": valve.url})
    assert "tapes-mock.txt" in files


@pytest.mark.parametrize("websocket", [True, False])
def test_codex(tapes, valve, websocket):
    valve.no_websocket = not websocket

    def prepare(home):
        (home.path / ".codex").mkdir()
        (home.path / ".codex/config.toml").write_text(f'openai_base_url = "{valve.url}/v1"\n')
    files, log = tapes.record_and_play("codex", [
        installed("codex"), "-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false", "exec", "-m",
        "gpt-5-codex", "--dangerously-bypass-approvals-and-sandbox", TASK], prepare=prepare)
    assert "tapes-mock.txt" in files
    assert ("WEBSOCKET" in log) == websocket, log


def test_opencode(tapes, valve):
    environment = {"XDG_CONFIG_HOME": str(tapes.workspace / "user/home/config"), "OPENCODE_CONFIG_CONTENT": json.dumps(
        {"provider": {"anthropic": {"options": {"baseURL": valve.url + "/v1"}}}})}
    files, _ = tapes.record_and_play("opencode", [installed("opencode"), "run", "-m", "anthropic/claude-sonnet-4-5", TASK],
                                     environment=environment)
    assert "tapes-mock.txt" in files


def test_aider(tapes, valve):
    tapes.record_and_play("aider", [
        installed("aider"), "--model", "gpt-4o", "--no-check-update", "--analytics-disable", "--no-show-model-warnings",
        "--no-show-release-notes", "--no-gitignore", "--no-pretty", "--map-tokens", "0", "--yes-always", "--message", "hello"],
        environment={"OPENAI_API_BASE": valve.url + "/v1"})


def test_llm(tapes, valve):
    tapes.record_and_play("llm", [installed("llm"), "-m", "gpt-4o-mini", "hello there"],
                          environment={"OPENAI_BASE_URL": valve.url + "/v1"})


def test_gemini_cli(tapes, valve):
    """It lists its skills in another order each time, and the ids of the processes that it starts."""
    chosen = {"security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
              "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False},
              "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False}}

    def prepare(home):
        (home.path / ".gemini").mkdir()
        (home.path / ".gemini/settings.json").write_text(json.dumps(chosen))
    gemini = [installed("gemini"), "--yolo", "--model", "gemini-2.5-pro"]
    files, _ = tapes.record_and_play("gemini", [*gemini, "-p", "first"], [*gemini, "--resume", "latest", "-p", TASK], prepare=prepare,
                                     flags=["--ignore-pattern", "(?s)<available_skills>.*</available_skills>"],
                                     environment={"GEMINI_API_KEY": GEMINI_KEY, "GOOGLE_GEMINI_BASE_URL": valve.url})
    assert "tapes-mock.txt" in files


@pytest.mark.parametrize("cloud", ["vertex", "bedrock"])
def test_claude_code_on_a_cloud(valve, proxy, mock, binary, workspace, cloud):
    """`tapes run` leaves these alone; their base URL is that of a proxy, and then that of the tape."""
    relay = proxy(valve, provider="auto", settings={"record.wire": "all"})
    variables, base, prefix, _ = CLOUDS[cloud]

    def run(url):
        user = workspace / "user"
        shutil.rmtree(user, ignore_errors=True)
        home = programs.Home(user)
        environment = {**variables, base: url + prefix, "IS_SANDBOX": "1", "DISABLE_TELEMETRY": "1",
                       "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        claude = [installed("claude"), "--dangerously-skip-permissions", "-p"]
        try:
            said = [home.start([*claude, *words], environment, home.project()).succeeds() for words in (["first"], [TASK, "-c"])]
            return said, (home.project() / "tapes-mock.txt").read_text()
        finally:
            home.end()
    recorded = run(relay.url)
    assert relay.stop() == 0
    mock.stop()
    tape = Tape(binary, relay.store.path, "--fail-on-miss")
    try:
        assert run(tape.url) == recorded
        assert ", 0 misses" in tape.last_line(), tape.output
    finally:
        tape.kill()
