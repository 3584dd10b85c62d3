"""Completion of sessions, hashes and exchanges, in the shells themselves."""
import os
import shutil

import pytest

from harness import chat
from harness.screen import Screen
from harness.wire import wait_until

# Each reads the script as its own documentation says that a person has it read.
READ = {"bash": 'bash --norc --noprofile -i', "zsh": "zsh -i", "fish": "fish -i"}


@pytest.fixture(params=READ)
def shell(request, binary, workspace, run):
    assert shutil.which(request.param), f"no {request.param}: run scripts/setup test"
    home = workspace / "home"
    (home / ".config" / "fish" / "completions").mkdir(parents=True)
    script = run("completion", request.param)[1]
    (home / "tapes.bash").write_text(script)
    (home / "_tapes").write_text(script)
    (home / ".config" / "fish" / "completions" / "tapes.fish").write_text(script)
    (home / ".config" / "fish" / "config.fish").write_text("set -g fish_greeting; function fish_prompt; echo 'ready$ '; end\n")
    (home / ".zshrc").write_text("PS1='ready$ '; fpath=(~ $fpath); autoload -Uz compinit; compinit -u -d ~/dump\n")
    environment = {"PATH": f"{binary.parent}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm"}
    screen = Screen(workspace, environment)
    screen.enter(f"clear; exec {READ[request.param]}")
    if request.param == "bash":
        screen.enter("PS1='ready$ '; . ~/tapes.bash; clear")
    screen.shows("ready$")
    yield screen
    screen.close()


def completed(screen, line, becomes):
    """Types a line and a tab, sees what it becomes, and takes it away again."""
    screen.type(line)
    screen.shows(f"ready$ {line}")  # a key that comes while a shell draws its line may be lost
    screen.key("Tab")
    screen.shows(f"ready$ {becomes}")
    screen.key("C-c")
    screen.enter("clear")


def test_a_shell_completes_words_sessions_hashes_and_exchanges(proxy, mock, shell, run, workspace):
    store = workspace / "home" / "t.sqlite"
    relay = proxy(mock, sqlite=store)
    for session in (b"alpha-1", b"beta:two"):
        relay.fetch(chat.turn(f"hello {session}", fields=b"x-session-id: %s\r\n" % session))
    rows = relay.store.wait_exchanges(2)
    # Completion reads the catalogue as it is: nobody waits behind a tab.
    wait_until(lambda: "beta:two" in run("complete-id", "-s", store, "session", "b")[1], what="both sessions in the catalogue")
    head, exchange = rows[0]["head_hash"], rows[1]["id"]
    completed(shell, "tapes serve pro", "tapes serve proxy ")
    completed(shell, "tapes show --think", "tapes show --thinking ")
    completed(shell, "tapes show -s home/t.sqlite al", "tapes show -s home/t.sqlite alpha-1 ")
    completed(shell, "tapes show -s ~/t.sqlite al", "tapes show -s ~/t.sqlite alpha-1 ")
    completed(shell, "tapes tree -s home/t.sqlite beta:t", "tapes tree -s home/t.sqlite beta:two ")
    completed(shell, "tapes stats -s home/t.sqlite --session al", "tapes stats -s home/t.sqlite --session alpha-1 ")
    completed(shell, f"tapes show -s home/t.sqlite {head[:12]}", f"tapes show -s home/t.sqlite {head}")
    completed(shell, f"tapes exchange show -s home/t.sqlite {exchange[:30]}",
              f"tapes exchange show -s home/t.sqlite {exchange}")
    completed(shell, "tapes show -s home/t.sq", "tapes show -s home/t.sqlite")
