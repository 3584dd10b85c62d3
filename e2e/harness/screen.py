"""A shell in a real terminal, that of tmux."""
import subprocess
import uuid

from .wire import TIMEOUT, wait_until


class Screen:
    """A shell in a terminal of tmux."""

    def __init__(self, directory, environment):
        self.directory = directory
        self._socket = f"tapes-{uuid.uuid4().hex[:12]}"
        self._environment = environment
        self._tmux("new-session", "-d", "-x", "100", "-y", "30", "bash --norc --noprofile -i")
        self.enter("PS1='ready$ '; clear")
        self.shows("ready$")

    def _tmux(self, *arguments):
        return subprocess.run(["tmux", "-L", self._socket, "-f", "/dev/null", *arguments], env=self._environment,
                              cwd=self.directory, capture_output=True, text=True, timeout=20, check=True).stdout

    def type(self, text: str):
        self._tmux("send-keys", "-l", text)

    def enter(self, line: str):
        self.type(line)
        self._tmux("send-keys", "Enter")

    def key(self, *names):
        self._tmux("send-keys", *names)

    def resize(self, columns, lines):
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def text(self) -> str:
        return self._tmux("capture-pane", "-p", "-J")

    def shows(self, text: str, times: int = 1, timeout: float = TIMEOUT):
        try:
            wait_until(lambda: self.text().count(text) >= times or None, timeout, repr(text), every=0.05)
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.text()}") from None

    def close(self):
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], env=self._environment, capture_output=True,
                       timeout=20, check=False)
