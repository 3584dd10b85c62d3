"""`tapes backup` and `tapes restore`: a copy made under load is a whole store with what was recorded up to one moment; a
killed one leaves nothing that could be taken for a whole one; what is restored goes on."""
import contextlib
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


def test_a_backup_goes_through_the_process_that_records(filled, run, workspace):
    code, out, err = run("backup", workspace / "b", "--sqlite", filled.store.path, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["through"].startswith(f"process {filled.pid} at http://")
    code, out, err = run("backup", workspace / "c", "--sqlite", filled.store.path)
    assert (code, err) == (0, "") and f" through process {filled.pid} at " in out
    assert filled.stop() == 0
    code, out, err = run("backup", workspace / "d", "--sqlite", filled.store.path, "--json")
    assert (code, err) == (0, "") and json.loads(out)["through"] is None
    assert {len(log_rows(workspace / name)) for name in "bcd"} == {20}


def test_the_log_of_the_store_stays_short_while_it_is_copied(large, proxy, mock, binary, workspace):
    """Some 20 MB at 2 MB a second, while another 80 are recorded: no read transaction keeps the WAL from starting over."""
    relay = proxy(mock, sqlite=large.store.path, settings={"catalogue.enabled": "false"})
    slow = start(binary, workspace, "backup", workspace / "b", "--sqlite", relay.store.path, "--rate", "1", "--json",
                 "--no-verify")
    partial = workspace / "b.partial"
    wait_until(lambda: partial.exists() and partial.stat().st_size > 0, what="a beginning")
    recorded = 0
    while slow.poll() is None:
        relay.fetch(chat.turn(f"meanwhile {recorded} " + random.Random(recorded).randbytes(400_000).hex()))
        recorded += 1
    out, err = slow.communicate(timeout=60)
    assert (slow.returncode, err) == (0, "")
    told = json.loads(out)
    assert recorded > 100, recorded
    assert told["through"] and told["last_seq"] > 20, "what was recorded meanwhile is in it"
    assert told["log_bytes"] < 150_000_000 < recorded * 800_000 * 2, told
    relay.store.wait_exchanges(20 + recorded)
    rows = log_rows(workspace / "b")
    assert log_rows(relay.store.path)[:len(rows)] == rows


def test_a_process_that_cannot_make_the_copy_is_not_needed(filled, run, workspace):
    """With another token than the process has, the store is read beside it, and that is said."""
    code, out, err = run("backup", workspace / "b", "--sqlite", filled.store.path, "--json",
                         environment={"TAPES_ADMIN_TOKEN": "x" * 32})
    assert code == 0 and json.loads(out)["through"] is None
    assert "requires its admin token" in err and err.count("\n") == 1
    assert verified(run, workspace / "b")["clean"]


def test_a_killed_process_or_backup_leaves_no_backup(large, proxy, mock, run, binary, workspace):
    target, partial = workspace / "b", workspace / "b.partial"
    for turn, moment in enumerate((0.0, 0.4, 1.1)):
        for who in ("backup", "process"):
            relay = proxy(mock, sqlite=large.store.path)
            one = start(binary, workspace, "backup", target, "--sqlite", relay.store.path, "--rate", "8")
            wait_until(lambda: partial.exists() and partial.stat().st_size > 0, what="a beginning")
            time.sleep(moment)
            relay.fetch(chat.turn(f"before the kill {who} {turn}"))
            if who == "backup":
                one.send_signal(signal.SIGKILL)
                one.communicate()
                code, _, err = run("restore", partial, "--sqlite", workspace / "new.sqlite")
                assert code == 1 and "did not come to its end" in err
                relay.fetch(chat.turn(f"after the kill {turn}"))
            else:
                relay.kill()
                out, err = one.communicate(timeout=60)
                assert one.returncode == 1 and out == "" and err.startswith("tapes: ") and err.count("\n") == 1, err
                assert not partial.exists()
            assert not target.exists()
            if who == "backup":
                assert run("backup", target, "--sqlite", relay.store.path)[0] == 0, "the next one takes the file over"
                assert f"after the kill {turn}" in stored_user_texts(Store(target))
                assert verified(run, target)["clean"] and not partial.exists()
                target.unlink()
                assert relay.stop() == 0
            assert verified(run, large.store.path)["clean"]
    assert f"before the kill process {turn}" in stored_user_texts(large.store)


def test_a_backup_begins_anew_right_after_one_was_killed(large, proxy, mock, run, binary, workspace):
    """The process may not have noticed yet that nobody waits for the first copy, and goes on taking turns over into it."""
    relay = proxy(mock, sqlite=large.store.path)
    load = Load(relay.port, clients=4)
    partial = workspace / "b.partial"
    for number in range(6):
        one = start(binary, workspace, "backup", workspace / "b", "--sqlite", relay.store.path, "--rate", "8", "--force")
        wait_until(lambda: partial.exists() and partial.stat().st_size > (number + 1) << 19, what="a beginning")
        one.send_signal(signal.SIGKILL)
        one.communicate()
        code, out, err = run("backup", workspace / "b", "--sqlite", relay.store.path, "--json", "--force")
        assert (code, err) == (0, "") and json.loads(out)["through"] and json.loads(out)["verified"], out
        assert not partial.exists()
    load.stop()
    assert load.statuses == {200: len(load.seen)}
    assert verified(run, relay.store.path)["clean"]


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


@pytest.fixture
def small_disk(workspace):
    """A file system of 32 MB, where one may be mounted."""
    point = workspace / "small"
    point.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", point],
                                           capture_output=True).returncode != 0:
        pytest.skip("no mounts here")
    yield point
    subprocess.run(["umount", "-l", point], check=True)


def test_a_disk_that_fills_while_the_process_copies_loses_nothing(large, proxy, mock, run, binary, workspace, small_disk):
    """The backup says so and leaves nothing; the process goes on recording; with room again there is a backup."""
    relay = proxy(mock, sqlite=large.store.path)
    target, partial, ballast = small_disk / "b", small_disk / "b.partial", small_disk / "ballast"
    slow = start(binary, workspace, "backup", target, "--sqlite", relay.store.path, "--rate", "4")
    wait_until(lambda: partial.exists() and partial.stat().st_size > 1 << 20, what="a beginning")
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1 << 16))
    out, err = slow.communicate(timeout=60)
    assert (slow.returncode, out) == (1, "") and err.startswith("tapes: ") and err.count("\n") == 1 and "full" in err, err
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast"]
    relay.fetch(chat.turn("goes on"))
    relay.store.wait_exchanges(21)
    ballast.write_bytes(bytes(20 << 20))
    code, _, err = run("backup", target, "--sqlite", relay.store.path)
    assert code == 1 and "MB left" in err and err.count("\n") == 1, err
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast"]
    ballast.unlink()
    assert run("backup", target, "--sqlite", relay.store.path)[0] == 0
    assert "goes on" in stored_user_texts(Store(target)) and verified(run, target)["clean"]
    assert verified(run, large.store.path)["clean"]


@pytest.mark.parametrize("records", [True, False])
@pytest.mark.parametrize("partial", ["link", "link to nothing", "directory", "hard link"])
def test_what_stands_in_the_way_of_the_partial_file_is_left_alone(filled, run, workspace, partial, records):
    store, way = filled.store.path, workspace / "b.partial"
    mine = workspace / "mine"
    mine.write_text("mine")
    if partial == "link":
        way.symlink_to(mine)
    elif partial == "link to nothing":
        way.symlink_to(workspace / "nothing")
    elif partial == "hard link":
        os.link(mine, way)
    else:
        way.mkdir()
    if not records:
        assert filled.stop() == 0
    code, out, err = run("backup", workspace / "b", "--sqlite", store)
    assert (code, out) == (1, "") and err.startswith("tapes: ") and err.count("\n") == 1, err
    assert mine.read_text() == "mine" and os.path.lexists(way)
    assert not (workspace / "b").exists() and not (workspace / "nothing").exists()
    assert verified(run, store)["clean"]


def test_a_directory_that_is_not_there_or_may_not_be_written_to_is_named(filled, run, workspace, read_only):  # noqa: F811
    closed = workspace / "closed"
    closed.mkdir()
    read_only(closed)
    for target in (workspace / "missing" / "b", closed / "b", "/proc/b"):
        code, out, err = run("backup", target, "--sqlite", filled.store.path)
        assert (code, out) == (1, "") and err.startswith("tapes: ") and err.count("\n") == 1 and str(target) in err, err
    filled.fetch(chat.turn("goes on"))
    filled.store.wait_exchanges(21)


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


def test_a_backup_ends_under_any_load(large, proxy, mock, binary, run, workspace):
    """More is recorded than the copy may take at its rate; what is in it is whole, and turns go on meanwhile."""
    relay = proxy(mock, sqlite=large.store.path, settings={"catalogue.enabled": "false"})
    load = Load(relay.port, clients=4, filler=lambda number: " " + random.Random(number).randbytes(60_000).hex())
    wait_until(lambda: len(load.seen) >= 20, what="load")
    one = start(binary, workspace, "backup", workspace / "b", "--sqlite", relay.store.path, "--rate", "4", "--json")
    out, err = one.communicate(timeout=120)
    load.stop()
    assert (one.returncode, err) == (0, "")
    told = json.loads(out)
    assert told["through"] and told["verified"]
    assert load.statuses == {200: len(load.seen)}
    rows = log_rows(workspace / "b")
    assert len(rows) > 40 and log_rows(relay.store.path)[:len(rows)] == rows
    relay.store.assert_balanced()


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


def test_a_restore_under_load_is_whole_though_others_were_killed(large, proxy, mock, run, binary, workspace):
    """Of a backup, and of a store that is being written to: elsewhere, while the process records."""
    relay = proxy(mock, sqlite=large.store.path)
    load = Load(relay.port, clients=8)
    wait_until(lambda: len(load.seen) >= 100, what="load")
    backup, path = workspace / "b", workspace / "place" / "tapes.sqlite"
    assert run("backup", backup, "--sqlite", relay.store.path)[0] == 0
    randomness = random.Random(11)
    for source in (backup, relay.store.path):
        for _ in range(4):
            one = start(binary, workspace, "restore", source, "--sqlite", path, "--force")
            time.sleep(randomness.uniform(0, 0.6))
            one.send_signal(signal.SIGKILL)
            one.communicate()
            if path.exists():
                assert verified(run, path)["clean"]
        seen = set(load.seen) if source != backup else set()
        code, out, err = run("restore", source, "--sqlite", path, "--force", "--json", timeout=120)
        assert (code, err) == (0, "") and json.loads(out)["verified"], (out, err)
        assert verified(run, path)["clean"] and not seen - stored_user_texts(Store(path))
        assert not [p.name for p in path.parent.iterdir() if p.name.endswith(".partial")]
    load.stop()
    assert load.statuses == {200: len(load.seen)}
    relay.store.assert_balanced()
    rows, whole = log_rows(path), log_rows(relay.store.path)
    assert rows == whole[:len(rows)]


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
