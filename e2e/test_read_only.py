"""A store on a file system that nobody may write to: what only looks at it works, past no log that was not read."""
import json
import os
import shutil
import subprocess

import pytest

from harness import chat


@pytest.fixture
def read_only(workspace):
    """Makes a directory read-only, by a mount: modes do not stop root."""
    mounted = []

    def make(directory):
        done = subprocess.run(["mount", "--bind", directory, directory], capture_output=True)
        if done.returncode != 0:
            pytest.skip("no mounts here")
        mounted.append(directory)
        subprocess.run(["mount", "-o", "remount,ro,bind", directory], check=True)
        return directory
    yield make
    for directory in mounted:
        subprocess.run(["umount", "-l", directory], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
@pytest.mark.parametrize("killed", [False, True])
def test_what_only_looks_works_on_a_read_only_directory(proxy, mock, run, read_only, workspace, killed):
    relay = proxy(mock)
    for number in range(12):
        assert relay.fetch(chat.turn(f"turn-{number}"))[0].status == 200
    relay.store.wait_exchanges(12)
    kept = workspace / "kept"
    kept.mkdir()
    if killed:
        relay.kill()  # the newest turns are in the log alone
    else:
        assert relay.stop() == 0
    for end in ("", "-wal"):
        if os.path.exists(f"{relay.store.path}{end}"):
            shutil.copy(f"{relay.store.path}{end}", f"{kept}/tapes.sqlite{end}")
    assert (kept / "tapes.sqlite-wal").exists() == killed
    store = read_only(kept) / "tapes.sqlite"
    code, out, err = run("exchange", "list", "--sqlite", store, "--json")
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    assert len(rows) == 12
    code, out, err = run("exchange", "show", rows[0]["id"], "--sqlite", store)
    assert code == 0 and "You said" in out, err
    code, out, err = run("verify", "--sqlite", store)
    assert code == 0 and "12 exchanges" in out, (out, err)
    code, out, err = run("replay", "--dry-run", "--to", "-", "--sqlite", store)
    assert code == 0, (out, err)
    for command in (["log"], ["show"], ["show", rows[0]["id"]], ["stats"]):
        code, out, err = run(*command, "--sqlite", store)
        assert code == 0 and ("turn-11" in out or command == ["stats"]), (command, out, err)
    # What writes says so.
    code, out, err = run("replay", "--to", f"file:{workspace}/out.jsonl", "--sqlite", store)
    assert code == 1 and "Read-only" in err, (out, err)
    assert len(err.splitlines()) == 1
    assert sorted(one.name for one in kept.iterdir()) == ["tapes.sqlite", "tapes.sqlite-wal"][:1 + killed]
