"""`tapes run` of a user: a home, a project and a store of the test's own."""
import json

from harness.store import Store, texts

OPENAI_KEY, ANTHROPIC_KEY = "sk-test-0123456789abcdef", "sk-ant-test-0123456789abcdef"
CLAUDE = ["--dangerously-skip-permissions", "-p"]
AIDER = ["--model", "gpt-4o", "--no-check-update", "--analytics-disable", "--no-show-model-warnings",
         "--no-show-release-notes", "--no-gitignore", "--no-pretty", "--map-tokens", "0", "--yes-always", "--message"]
CODEX = ["-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false", "exec"]


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
