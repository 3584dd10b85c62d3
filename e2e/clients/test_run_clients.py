"""`tapes run -- CLIENT`: the real programs, pointed at the proxy by their own means. Where a base URL is set already
(a company's gateway), requests go on to that one, by way of the proxy."""
import json
import pathlib
import subprocess

import pytest
from harness.screen import Screen
from harness.store import Store, texts
from harness.wire import wait_until
from programs import TIMEOUT, installed

OPENAI_KEY, ANTHROPIC_KEY = "sk-test-0123456789abcdef", "sk-ant-test-0123456789abcdef"


class Runs:
    """`tapes run` of a user: a home, a project and a store of the test's own."""

    def __init__(self, binary, home, directory):
        self.binary, self.home = binary, home
        self.path = directory / "tapes.sqlite"
        self.store = Store(self.path)

    def start(self, *command, flags=(), environment=None):
        more = {"OPENAI_API_KEY": OPENAI_KEY, "ANTHROPIC_API_KEY": ANTHROPIC_KEY, "IS_SANDBOX": "1",
                "DISABLE_TELEMETRY": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True", **(environment or {})}
        return self.home.start([self.binary, "run", "--sqlite", self.path, *flags, "--", *command], more,
                               self.home.project())

    def succeeds(self, *command, flags=(), environment=None):
        return self.start(*command, flags=flags, environment=environment).succeeds()

    def fails(self, *command, environment=None):
        run = self.start(*command, environment=environment)
        assert run.wait() == 2, run.output
        assert not self.path.exists()
        return run.output

    def write(self, name: str, text):
        path = self.home.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))

    def write_in_project(self, name: str, text):
        path = self.home.project() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))

    def turns(self, agent, prompt):
        """The turns in which the prompt was answered; all that was recorded is this agent's, in this project."""
        rows = self.store.exchanges()
        assert rows and {row["agent_name"] for row in rows} == {agent}, rows
        assert {row["project"] for row in rows} == {"project"}
        found = []
        for row in rows:
            if row["head_hash"]:
                said = texts(self.store.chain(row["head_hash"]))
                if any(role == "user" and prompt in text for role, text in said) and said[-1][0] == "assistant":
                    found.append((row, said))
        assert found, rows
        return found


@pytest.fixture
def runs(binary, home, workspace):
    one = Runs(binary, home, workspace)
    yield one
    if one.path.exists():
        subprocess.run([binary, "verify", "--sqlite", one.path], check=True, capture_output=True, timeout=TIMEOUT)


@pytest.fixture(params=["environment", "settings"])
def place(request):
    """Where the gateway is named: in the environment, or in the client's own settings."""
    return request.param


CLAUDE = ["--dangerously-skip-permissions", "-p", "hello"]
AIDER = ["--model", "gpt-4o", "--no-check-update", "--analytics-disable", "--no-show-model-warnings",
         "--no-show-release-notes", "--no-gitignore", "--no-pretty", "--map-tokens", "0", "--yes-always", "--message",
         "hello"]
CODEX = ["-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false", "exec", "hello"]


def test_claude_code(runs, valve, place):
    environment = {"ANTHROPIC_BASE_URL": valve.url}
    if place == "settings":
        runs.write(".claude/settings.json", {"env": environment})
        environment = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9/"}
    output = runs.succeeds(installed("claude"), *CLAUDE, environment=environment)
    assert "You said: " in output and "of claude; see tapes show @" in output, output
    assert {row["provider"] for row, _ in runs.turns("claude", "hello")} == {"anthropic"}


def test_claude_code_with_settings_on_its_command_line(runs, valve):
    given = {"env": {"ANTHROPIC_BASE_URL": valve.url}, "model": "claude-haiku-test"}
    runs.write("mine.json", given)
    for settings in (json.dumps(given), str(runs.home.path / "mine.json")):
        assert "of claude" in runs.succeeds(installed("claude"), "--settings", settings, *CLAUDE)
    assert "claude-haiku-test" in {row["model"] for row, _ in runs.turns("claude", "hello")}


def test_claude_code_behind_wrappers(runs, valve):
    environment = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    output = runs.succeeds("env", f"ANTHROPIC_BASE_URL={valve.url}", "nice", installed("claude"), *CLAUDE,
                           environment=environment)
    assert "of claude" in output, output


def test_claude_code_in_a_terminal(runs, valve):
    """On the screen, as a person has it: it is suspended by Ctrl-Z and brought back, follows the window's size, and is
    left with Ctrl-C twice; then the last line says what was recorded."""
    project = runs.home.project()
    runs.write(".claude.json", {
        "hasCompletedOnboarding": True, "theme": "dark",
        "customApiKeyResponses": {"approved": [ANTHROPIC_KEY[-20:]], "rejected": []},
        "projects": {str(project): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}}})
    environment = runs.home._environment({
        "ANTHROPIC_API_KEY": ANTHROPIC_KEY, "ANTHROPIC_BASE_URL": valve.url, "DISABLE_TELEMETRY": "1", "TERM": "xterm",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "IS_SANDBOX": "1"})
    screen = Screen(project, environment)
    try:
        screen.enter(f"{runs.binary} run -s {runs.path} -- {installed('claude')}")
        screen.shows("Claude Code v", timeout=60)
        screen.shows("❯", timeout=60)
        screen.enter("hello there")
        screen.shows("You said: ", timeout=60)
        screen.key("C-z")
        screen.shows("Stopped", timeout=20)
        screen.enter("clear; fg")
        screen.shows("You said: ", timeout=20)
        screen.resize(80, 28)
        wait_until(lambda: any(line.count("─") == 80 for line in screen.text().splitlines()) or None, 20,
                   "a line as wide as the window", every=0.1)
        screen.key("C-c")
        screen.key("C-c")
        screen.shows("of claude; see tapes show @", timeout=30)
        screen.shows("ready$")
    finally:
        screen.close()
    runs.turns("claude", "hello there")


@pytest.mark.parametrize("name, value", [("CLAUDE_CODE_USE_BEDROCK", "1"), ("CLAUDE_CODE_USE_VERTEX", "true")])
def test_claude_code_on_another_providers_api_stops(runs, name, value, place):
    environment = {name: value}
    if place == "settings":
        runs.write_in_project(".claude/settings.local.json", {"env": environment})
        environment = {}
    assert name in runs.fails(installed("claude"), *CLAUDE, environment=environment)


@pytest.mark.parametrize("websocket", [True, False])
def test_codex(runs, valve, websocket):
    valve.no_websocket = not websocket
    runs.write(".codex/config.toml", f'openai_base_url = "{valve.url}/v1"\n')
    output = runs.succeeds(installed("codex"), *CODEX)
    assert "You said: " in output and "of codex" in output, output
    assert {row["provider"] for row, _ in runs.turns("codex", "hello")} == {"openai"}


def test_codex_with_a_provider_of_the_users_own(runs, valve):
    runs.write(".codex/config.toml", f'''model_provider = "gateway"
[model_providers.gateway]
name = "Gateway"
base_url = "{valve.url}/v1"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
''')
    assert "of codex" in runs.succeeds(installed("codex"), *CODEX)
    runs.turns("codex", "hello")


def test_codex_with_a_base_url_on_its_command_line(runs, valve):
    runs.write(".codex/config.toml", 'openai_base_url = "http://127.0.0.1:9/v1"\n')
    output = runs.succeeds(installed("codex"), "-c", f'openai_base_url="{valve.url}/v1"', *CODEX)
    assert "of codex" in output, output
    runs.turns("codex", "hello")


def test_gemini_cli(runs, valve, place):
    chosen = {"security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": False}},
              "privacy": {"usageStatisticsEnabled": False}, "general": {"enableAutoUpdate": False}}
    runs.write(".gemini/settings.json", chosen)
    environment = {"GEMINI_API_KEY": "AIzaTest0123456789abcdefghijklmnopqrstuv"}
    if place == "settings":
        runs.write(".gemini/.env", f"GOOGLE_GEMINI_BASE_URL={valve.url}\n")
    else:
        environment["GOOGLE_GEMINI_BASE_URL"] = valve.url
    runs.succeeds(installed("gemini"), "--yolo", "--model", "gemini-2.5-pro", "-p", "hello", environment=environment)
    (row, said), = runs.turns("gemini", "hello")
    assert (row["api"], row["provider"], row["model"], row["upstream"]) == ("gemini", "gemini", "gemini-2.5-pro", valve.url)


def test_opencode(runs, valve, place):
    environment = {"XDG_CONFIG_HOME": str(runs.home.path / "config")}
    if place == "environment":
        environment["OPENCODE_CONFIG_CONTENT"] = json.dumps(
            {"provider": {"anthropic": {"options": {"baseURL": valve.url + "/v1"}}}})
    else:
        runs.write_in_project("opencode.json", {"provider": {"anthropic": {"options": {"baseURL": valve.url + "/v1"}}}})
    output = runs.succeeds(installed("opencode"), "run", "-m", "anthropic/claude-sonnet-4-5", "hello",
                           environment=environment)
    assert "of opencode" in output, output
    assert {row["provider"] for row, _ in runs.turns("opencode", "hello")} == {"anthropic"}


def test_opencode_with_a_provider_of_the_users_own(runs, valve):
    runs.write_in_project("opencode.json", {"provider": {"gateway": {
        "npm": "@ai-sdk/openai-compatible", "options": {"baseURL": valve.url + "/v1", "apiKey": OPENAI_KEY},
        "models": {"m": {"name": "m"}}}}})
    output = runs.succeeds(installed("opencode"), "run", "-m", "gateway/m", "hello")
    assert "of opencode" in output, output
    assert {row["api"] for row, _ in runs.turns("opencode", "hello")} == {"openai_chat"}


def test_aider(runs, valve, place):
    environment = {"OPENAI_API_BASE": valve.url + "/v1"}
    if place == "settings":
        runs.write_in_project(".aider.conf.yml", f"openai-api-base: {valve.url}/v1\n")
        environment = {}
    output = runs.succeeds(installed("aider"), *AIDER, environment=environment)
    assert "of aider" in output, output
    runs.turns("aider", "hello")


def test_aider_whose_env_file_names_the_gateway(runs, valve):
    runs.write_in_project(".env", f"OPENAI_API_BASE={valve.url}/v1\n")
    output = runs.succeeds(installed("aider"), *AIDER, environment={"OPENAI_API_BASE": "http://127.0.0.1:9/v1"})
    assert "of aider" in output, output
    runs.turns("aider", "hello")


def test_llm(runs, valve):
    environment = {"OPENAI_BASE_URL": valve.url + "/v1"}
    assert "of llm" in runs.succeeds(installed("llm"), "-m", "gpt-4o-mini", "hello", environment=environment)
    runs.turns("llm", "hello")


def test_llm_with_a_model_of_the_users_own(runs, valve):
    runs.write(".config/io.datasette.llm/extra-openai-models.yaml",
               f"- model_id: own\n  model_name: m\n  api_base: \"{valve.url}/v1\"  # ours\n  aliases: [o]\n")
    for _ in range(2):
        output = runs.succeeds(installed("llm"), "-m", "own", "hello", environment={"OPENAI_BASE_URL": ""})
    assert "of llm" in output, output
    assert len(runs.turns("llm", "hello")) == 2
    logs = subprocess.run([installed("llm"), "logs", "list", "--json", "-n", "0"], capture_output=True, text=True,
                          env=runs.home._environment({}), timeout=TIMEOUT, check=True).stdout
    assert len(json.loads(logs)) == 2, "its own logs are the user's"
    assert not list(pathlib.Path("/tmp").glob("tapes-run-*/logs.db")), "the folder in its place is gone"
