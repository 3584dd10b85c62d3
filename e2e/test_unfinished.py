"""`tapes rederive` killed at any moment: no store that looks whole, and the next run makes it."""
import random
import signal
import subprocess
import time

from harness import chat
from harness.store import Store

ROUNDS = 25


def test_rederive_killed_at_many_points_leaves_nothing_that_looks_whole(proxy, mock, run, binary, workspace):
    relay = proxy(mock)
    turns = 150
    with relay.connect() as client:
        for number in range(turns):
            client.send(chat.turn(f"turn-{number} " + "x" * 500))
            assert client.take_message()[0].status == 200
    relay.store.wait_exchanges(turns)
    assert relay.stop() == 0
    new = workspace / "new.sqlite"
    command = [binary, "rederive", "--sqlite", relay.store.path, "--to", new]
    begun = time.monotonic()
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    whole = time.monotonic() - begun
    new.unlink()
    randomness = random.Random(25)
    marked = 0
    for _ in range(ROUNDS):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(randomness.uniform(0, whole))
        child.send_signal(signal.SIGKILL)
        child.wait()
        if new.exists():  # it had just been finished
            assert len(Store(new).exchanges()) == turns
            assert run("verify", "--sqlite", new)[0] == 0
            new.unlink()
        left = new.with_name("new.sqlite.unfinished")
        if left.exists():
            code, out, err = run("verify", "--sqlite", left)
            assert code == 1 and (err or "unfinished" in out), (out, err)
            marked += "unfinished" in out
    assert marked > 0
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", new)
    assert (code, err) == (0, ""), out
    assert f"{turns} exchanges" in out and "all nodes have the same hashes" in out
    assert run("verify", "--sqlite", new)[0] == 0
    assert not [one.name for one in workspace.iterdir() if "unfinished" in one.name]
    code, _, err = run("rederive", "--sqlite", relay.store.path, "--to", new)
    assert code == 1 and "is there already" in err
