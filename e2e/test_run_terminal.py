"""`tapes run` in a real terminal: the command has it, and the shell's job control works through `tapes run`."""
import os
import shutil

import pytest

from harness.screen import Screen
from harness.wire import TIMEOUT, wait_until

# An interactive program: it tells of signals and of the window's size, echoes lines, and stops itself alone on `stop`,
# as Claude Code does where a key is Ctrl-Z to it.
PROGRAM = '''
import os, signal, sys
def tell(text): os.write(1, text.encode() + b"\\n")
def size(*_): tell("size %dx%d" % os.get_terminal_size())
signal.signal(signal.SIGINT, lambda *_: tell("interrupted"))
signal.signal(signal.SIGWINCH, size)
signal.signal(signal.SIGCONT, lambda *_: tell("continued"))
tell("foreground" if os.tcgetpgrp(0) == os.getpgrp() else "background")
size()
for line in iter(sys.stdin.readline, ""):
    if line.strip() == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif line.strip() == "raw":
        import tty
        tty.setraw(0)
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        tell("read " + line.strip())
tell("over")
sys.exit(5)
'''


@pytest.fixture
def screen(binary, workspace):
    assert shutil.which("tmux"), "no tmux: run scripts/setup test"
    (workspace / "program.py").write_text(PROGRAM)
    environment = {"PATH": f"{binary.parent}:{os.environ['PATH']}", "HOME": str(workspace), "LANG": "C.UTF-8",
                   "TERM": "xterm"}
    one = Screen(workspace, environment)
    yield one
    one.close()


def test_command_has_the_terminal(screen):
    screen.enter("tapes run -s t.sqlite -- python3 program.py; echo code $?")
    screen.shows("foreground")
    screen.shows("size 100x30")
    screen.enter("hello")
    screen.shows("read hello")
    screen.key("C-c")
    screen.shows("interrupted")
    assert screen.text().count("interrupted") == 1, "Ctrl-C comes once"
    screen.resize(90, 25)
    screen.shows("size 90x25")
    screen.key("C-d")
    screen.shows("code 5")
    text = screen.text()
    assert text.index("over") < text.index("tapes: nothing was recorded") < text.index("code 5"), text


@pytest.mark.parametrize("way", ["key", "itself"])
def test_command_that_stops_gives_the_terminal_back_until_fg(screen, way):
    screen.enter("tapes run -s t.sqlite -- python3 program.py")
    screen.shows("size 100x30")
    if way == "key":
        screen.key("C-z")
    else:
        screen.enter("stop")
    screen.shows("Stopped")
    screen.enter("echo shell $((6 * 7))")
    screen.shows("shell 42")
    screen.enter("fg")
    screen.shows("continued")
    assert screen.text().count("continued") == 1
    screen.enter("again")
    screen.shows("read again")
    screen.key("C-z")
    screen.shows("Stopped", times=2)
    screen.enter("bg; sleep 0.3; fg")  # it reads from the background, and is stopped for it
    screen.enter("third")
    screen.shows("read third")
    screen.key("C-d")
    screen.shows("over")
    screen.shows("tapes: nothing was recorded")
    screen.enter("jobs; echo no jobs left")
    screen.shows("no jobs left")


def test_terminal_is_as_it_was_after_a_command_that_was_killed(screen):
    screen.enter("tapes run -s t.sqlite -- python3 program.py; echo code $?; stty -a | grep -c ' icanon'")
    screen.shows("size 100x30")
    screen.enter("raw")
    screen.shows("code 137")
    screen.shows("\n1\n")


def test_part_of_a_pipeline_leaves_the_terminal_to_the_others(screen):
    screen.enter("tapes run -s t.sqlite -- printf 'one\\ntwo\\n' | { read line </dev/tty; echo typed $line; cat; }")
    screen.enter("words")
    screen.shows("typed words")
    screen.shows("two")


def test_command_of_a_terminal_that_is_closed_ends(screen):
    screen.enter("tapes run -s t.sqlite -- sh -c 'trap \"echo gone > gone; exit\" HUP; echo at $((40 + 2)); while :; do sleep 0.05; done'")
    screen.shows("at 42")
    screen.close()
    wait_until(lambda: (screen.directory / "gone").exists() or None, TIMEOUT, "SIGHUP at the command")
    wait_until(lambda: not (screen.directory / "t.sqlite.lock").read_text() or None, TIMEOUT, "the end of the proxy")
