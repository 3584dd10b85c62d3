"""`tapes backup` and `tapes restore`: a copy made under load is a whole store with what was recorded up to one moment; a
killed one leaves nothing that could be taken for a whole one; what is restored goes on."""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from harness import chat
from harness.load import Load, stored_user_texts
from harness.store import Store
from harness.wire import wait_until
from test_read_only import read_only  # noqa: F401


def verified(run, path):
    code, out, err = run("verify", "--sqlite", path, "--json", timeout=120)
    assert (code, err) == (0, ""), out
    return json.loads(out)


def log_rows(path):
    return Store(path).rows("SELECT seq, kind, ref FROM log ORDER BY seq")


@pytest.fixture
def filled(proxy, mock):
    """A store with some turns, whose proxy still runs."""
    relay = proxy(mock)
    for n in range(20):
        relay.fetch(chat.turn(f"turn {n} " + "x" * 2000))
    relay.store.wait_exchanges(20)
    return relay


@pytest.fixture
def large(proxy, mock):
    """One of some 20 MB whose proxy has ended."""
    relay = proxy(mock)
    for n in range(20):
        relay.fetch(chat.turn(f"turn {n} " + random.Random(n).randbytes(400_000).hex()))
    relay.store.wait_exchanges(20)
    assert relay.stop() == 0
    return relay


def start(binary, workspace, *arguments):
    env = {k: v for k, v in os.environ.items() if not k.startswith("TAPES_")}
    return subprocess.Popen([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env={**env, "HOME": str(workspace)})


def test_a_backup_under_load_is_a_whole_store_of_one_moment(proxy, mock, run, workspace):
    relay = proxy(mock)
    load = Load(relay.port, clients=8)
    wait_until(lambda: len(load.seen) >= 200, what="load")
    made = []
    for number in range(5):
        seen = set(load.seen)
        path = workspace / f"backup-{number}.sqlite"
        code, out, err = run("backup", path, "--sqlite", relay.store.path, "--json", timeout=60)
        assert (code, err) == (0, "")
        told = json.loads(out)
        assert told["verified"] and told["file"] == str(path) and told["bytes"] == path.stat().st_size
        assert path.stat().st_mode & 0o777 == 0o600
        made.append((path, seen, told))
    load.stop()
    whole = log_rows(relay.store.path)
    assert load.statuses == {200: len(load.seen)}
    for path, seen, told in made:
        assert verified(run, path)["clean"]
        rows = log_rows(path)
        assert rows == whole[:len(rows)] and rows[-1]["seq"] == told["last_seq"], "it is no beginning of the log"
        missing = seen - stored_user_texts(Store(path))
        assert not missing, f"{len(missing)} turns were seen before the backup began, and are not in it"
    assert not [p for p in workspace.iterdir() if "partial" in p.name]
    relay.store.assert_balanced()


def test_the_store_goes_on_elsewhere_after_a_kill(proxy, mock, run, workspace):
    """The drill: record, back up, kill -9, restore elsewhere, verify, serve on it, record on, one chain."""
    relay = proxy(mock)
    history = []

    def say(to, text):
        history.append({"role": "user", "content": text})
        _, body = to.fetch(chat.post(chat.dumps({"model": "gpt-5", "messages": history})))
        history.append(json.loads(body)["choices"][0]["message"])

    for n in range(3):
        say(relay, f"question {n}")
    load = Load(relay.port, clients=8)
    wait_until(lambda: len(load.seen) >= 100, what="load")
    backup = workspace / "safe" / "tapes.backup"
    backup.parent.mkdir()
    assert run("backup", backup, "--sqlite", relay.store.path)[0] == 0
    relay.kill()
    load.stop()
    place = workspace / "elsewhere" / "new" / "tapes.sqlite"
    code, out, err = run("restore", backup, "--sqlite", place)
    assert (code, err) == (0, "") and "verified" in out
    assert place.parent.stat().st_mode & 0o777 == 0o700 and place.stat().st_mode & 0o777 == 0o600
    assert verified(run, place)["clean"]
    before = log_rows(place)
    again = proxy(mock, sqlite=place)
    for n in range(3, 6):
        say(again, f"question {n}")
    again.store.wait_exchanges(len(before) + 3)
    chain = again.store.chain(again.store.exchanges()[-1]["head_hash"])
    assert [node["content"][0]["text"] for node in chain if node["role"] == "user"] == [f"question {n}"
                                                                                         for n in range(6)]
    assert log_rows(place)[:len(before)] == before
    again.store.assert_balanced()
    assert again.stop() == 0
    assert verified(run, place)["clean"]
    code, out, _ = run("show", "--sqlite", place)
    assert code == 0 and "question 5" in out


@pytest.mark.parametrize("where", ["store", "wal", "lock", "link", "hard link", "directory", "there", "slash"])
def test_a_backup_is_written_to_a_new_file_alone(filled, run, workspace, where):
    store, other = filled.store.path, workspace / "other"
    target = {"store": store, "wal": f"{store}-wal", "lock": f"{store}.lock", "slash": f"{workspace}/x/"}.get(where, other)
    if where == "link":
        other.symlink_to(store)
    elif where == "hard link":
        os.link(store, other)
    elif where == "directory":
        other.mkdir()
    elif where == "there":
        other.write_text("mine")
    before = {p.name for p in workspace.iterdir()}
    for force in ([], ["--force"]):
        if where == "there" and force:
            continue
        code, out, err = run("backup", target, "--sqlite", store, *force)
        assert (code, out) == (1, "") and err.startswith("tapes: ") and err.count("\n") == 1, err
        assert "give the path of a new file" in err
    new = {p.name for p in workspace.iterdir()} - before
    assert all(name.startswith("tapes.sqlite.catalogue") for name in new), new
    if where == "there":
        assert other.read_text() == "mine"
        assert run("backup", other, "--sqlite", store, "--force")[0] == 0
        assert verified(run, other)["clean"]


def test_no_store_no_backup(run, workspace):
    code, _, err = run("backup", workspace / "b", "--sqlite", workspace / "missing.sqlite")
    assert code == 1 and "does not exist" in err
    (workspace / "text").write_text("not a store")
    for command in ("backup", "restore"):
        source = ["--sqlite", workspace / "text"] if command == "backup" else ["--sqlite", workspace / "new"]
        code, _, err = run(command, workspace / ("b" if command == "backup" else "text"), *source)
        assert code == 1 and err.count("\n") == 1, err
    assert run("backup")[0] == run("restore")[0] == run("backup", "x", "--rate", "fast")[0] == 2
    assert not (workspace / "b").exists() and not (workspace / "new").exists()


def test_a_full_disk_leaves_nothing(large, run, binary, workspace):
    """With no room a backup says so; the store is as it was."""
    limited = workspace / "limited"
    done = subprocess.run(["bash", "-c", f"ulimit -f 4096; trap '' XFSZ; exec {binary} backup {limited} "
                           f"--sqlite {large.store.path}"], capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "HOME": str(workspace)})
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert not [p for p in workspace.iterdir() if p.name.startswith("limited")]
    assert verified(run, large.store.path)["clean"]


def test_a_backup_on_another_device(filled, run):
    shm = "/dev/shm"
    if not os.path.isdir(shm) or os.stat(shm).st_dev == os.stat(filled.store.path).st_dev:
        pytest.skip("there is no other device here")
    target = f"{shm}/tapes-backup-{os.getpid()}"
    try:
        assert run("backup", target, "--sqlite", filled.store.path)[0] == 0
        assert verified(run, target)["clean"]
    finally:
        for end in ("", ".partial", "-wal", "-shm", ".catalogue", ".lock"):
            if os.path.exists(target + end):
                os.unlink(target + end)


def test_two_backups_at_once_to_one_name(large, run, binary, workspace):
    target = workspace / "b"
    slow = start(binary, workspace, "backup", target, "--sqlite", large.store.path, "--rate", "4")
    partial = workspace / "b.partial"
    wait_until(lambda: partial.exists() and partial.stat().st_size > 0 or slow.poll() is not None, what="a beginning")
    code, _, err = run("backup", target, "--sqlite", large.store.path)
    assert code == 1 and "another process is writing it" in err
    assert run("backup", workspace / "c", "--sqlite", large.store.path)[0] == 0
    out, err = slow.communicate(timeout=60)
    assert (slow.returncode, err) == (0, "")
    assert verified(run, target)["clean"] and verified(run, workspace / "c")["clean"]


def test_a_killed_backup_is_no_backup(large, run, binary, workspace):
    target, partial = workspace / "b", workspace / "b.partial"
    for moment in (0.0, 0.3, 0.8, 1.5):
        one = start(binary, workspace, "backup", target, "--sqlite", large.store.path, "--rate", "8")
        wait_until(lambda: partial.exists(), what="a beginning")
        time.sleep(moment)
        one.send_signal(signal.SIGKILL)
        one.communicate()
        assert not target.exists()
        code, _, err = run("restore", partial, "--sqlite", workspace / "new.sqlite")
        assert code == 1 and "did not come to its end" in err
        assert not (workspace / "new.sqlite").exists()
    assert run("backup", target, "--sqlite", large.store.path)[0] == 0
    assert verified(run, target)["clean"] and not partial.exists()


def test_a_restore_is_refused_where_a_store_is_in_use(filled, run, workspace):
    backup = workspace / "b"
    assert run("backup", backup, "--sqlite", filled.store.path)[0] == 0
    for force in ([], ["--force"]):
        code, _, err = run("restore", backup, "--sqlite", filled.store.path, *force)
        assert code == 1 and f"is in use by process {filled.pid}" in err
    filled.fetch(chat.turn("goes on"))
    filled.store.wait_exchanges(21)


def test_a_restore_moves_the_old_store_aside(filled, run, workspace, proxy, mock):
    backup, path = workspace / "b", filled.store.path
    assert run("backup", backup, "--sqlite", path)[0] == 0
    filled.fetch(chat.turn("after the backup"))
    filled.store.wait_exchanges(21)
    assert run("log", "--sqlite", path)[0] == 0    # makes the catalogue, which is ahead of the backup then
    filled.kill()                                  # what it committed last is in the WAL
    assert (workspace / "tapes.sqlite-wal").stat().st_size > 0
    code, _, err = run("restore", backup, "--sqlite", path)
    assert code == 1 and "--force moves it aside" in err
    assert "after the backup" in stored_user_texts(filled.store)
    code, _, err = run("restore", path, "--sqlite", path, "--force")
    assert code == 1 and "is the store itself" in err
    code, out, err = run("restore", backup, "--sqlite", path, "--force", "--json")
    assert (code, err) == (0, ""), err
    old = json.loads(out)["moved_to"]
    assert "after the backup" in stored_user_texts(Store(old))
    assert "after the backup" not in stored_user_texts(filled.store)
    assert verified(run, old)["clean"] and verified(run, path)["clean"]
    again = proxy(mock)
    again.fetch(chat.turn("another way"))
    again.store.wait_exchanges(21)
    code, out, _ = run("search", "another", "--sqlite", path)
    assert code == 0 and "another way" in out
    assert run("search", '"after the backup"', "--sqlite", path)[0] == 1, "the catalogue is still the old one"


def test_a_killed_restore_leaves_a_whole_store(large, run, binary, workspace):
    """At any moment what stands at the place is the old store, the new one, or none; the old one is never lost."""
    backup, path = workspace / "b", workspace / "place" / "tapes.sqlite"
    assert run("backup", backup, "--sqlite", large.store.path)[0] == 0
    randomness = random.Random(7)
    rows = len(log_rows(backup))
    path.parent.mkdir()
    for _ in range(12):
        shutil.rmtree(path.parent)
        path.parent.mkdir()
        assert run("restore", backup, "--sqlite", path, "--no-verify")[0] == 0
        connection = sqlite3.connect(path)
        connection.execute("INSERT INTO note(name, value) VALUES('old', 'yes')")
        connection.commit()
        connection.close()
        one = start(binary, workspace, "restore", backup, "--sqlite", path, "--force", "--no-verify")
        time.sleep(randomness.uniform(0, 0.35))
        one.send_signal(signal.SIGKILL)
        one.communicate()
        stores = [p for p in path.parent.iterdir() if p.name == path.name or ".before-" in p.name and "-wal" not in p.name]
        old = [p for p in stores if Store(p).rows("SELECT 1 FROM note WHERE name = 'old'")]
        assert old, [p.name for p in path.parent.iterdir()]
        for store in stores:
            assert len(log_rows(store)) == rows
        code, out, err = run("restore", backup, "--sqlite", path, "--force", "--json")
        assert code == 0, err
        assert verified(run, path)["clean"]
        assert not Store(path).rows("SELECT 1 FROM note WHERE name = 'old'")


def test_a_damaged_backup_is_not_restored(large, run, workspace):
    backup, path = workspace / "b", workspace / "new.sqlite"
    assert run("backup", backup, "--sqlite", large.store.path)[0] == 0
    size = backup.stat().st_size
    with open(backup, "r+b") as file:
        file.seek(size // 2)
        file.write(bytes(64))
    code, out, err = run("restore", backup, "--sqlite", path)
    assert code == 1 and "is not sound" in err, (out, err)
    assert not path.exists() and not (workspace / "new.sqlite.partial").exists()
    with open(backup, "r+b") as file:
        file.truncate(size // 2)
    assert run("restore", backup, "--sqlite", path)[0] == 1
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_a_store_that_cannot_be_written_beside_is_backed_up(filled, run, workspace, read_only):
    filled.kill()    # the newest turns are in the log alone
    kept = workspace / "kept"
    kept.mkdir()
    for end in ("", "-wal"):
        shutil.copy(f"{filled.store.path}{end}", f"{kept}/tapes.sqlite{end}")
    store = read_only(kept) / "tapes.sqlite"
    assert run("backup", workspace / "b", "--sqlite", store)[0] == 0
    assert verified(run, workspace / "b")["clean"] and len(stored_user_texts(Store(workspace / "b"))) == 20
    code, _, err = run("backup", kept / "b", "--sqlite", store)
    assert code == 1 and "cannot be written" in err
    code, _, err = run("restore", workspace / "b", "--sqlite", store, "--force")
    assert code == 1 and err.count("\n") == 1, err
    assert run("restore", store, "--sqlite", workspace / "again.sqlite")[0] == 0, "a backup on a medium that is read alone"
    assert len(stored_user_texts(Store(workspace / "again.sqlite"))) == 20
