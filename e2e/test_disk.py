"""A disk that is full, forbidden, slow or somebody else's: the relay goes on, or says clearly why it does not."""
import os
import pathlib
import resource
import sqlite3
import subprocess

import pytest

from harness import chat
from harness.load import stored_user_texts
from harness.wire import Answering, wait_until


@pytest.fixture
def small_disk(workspace):
    """A file system of 6 MB where we may mount one."""
    point = workspace / "small"
    point.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m,mode=0700", "tmpfs", point], capture_output=True).returncode == 0
    yield point if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", point], check=True)


def fill(directory: pathlib.Path):
    """Takes all the space that is left."""
    path = directory / "ballast"
    with open(path, "wb", buffering=0) as ballast:
        for size in (1 << 16, 4096):
            try:
                while True:
                    ballast.write(os.urandom(size))
            except OSError:
                pass
    return path


def test_full_disk_stops_no_answer_is_told_and_recording_resumes(proxy, mock, small_disk):
    if small_disk is None:
        # Without a file system of our own: a limit on the size of files, which SQLite reports the same way.
        limit_on_file_size(proxy, mock)
        return
    relay = proxy(mock, sqlite=small_disk / "tapes.sqlite")
    assert relay.fetch(chat.turn("before"))[0].status == 200
    relay.store.wait_exchanges(1)
    ballast = fill(small_disk)
    for number in range(20):
        head, body = relay.fetch(chat.turn(f"during-{number} " + os.urandom(40_000).hex(), stream=bool(number % 2)))
        assert head.status == 200 and body
    wait_until(lambda: relay.metric("tapes_store_failing") == 1, what="the metric")
    status, text = relay.admin("/readyz")
    assert status == 503 and "store" in text, text
    assert relay.admin("/healthz")[0] == 200
    relay.wait_for("(?i)(full|disk)")
    metrics = relay.metrics()
    assert metrics["tapes_turns_recorded_total"] < 21
    ballast.unlink()
    wait_until(lambda: relay.metric("tapes_store_failing") == 0, timeout=20, what="recovery")
    wait_until(lambda: relay.admin("/readyz")[0] == 200, what="ready again")
    assert relay.fetch(chat.turn("after"))[0].status == 200
    wait_until(lambda: "after" in stored_user_texts(relay.store), what="recording resumed")
    wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 0, timeout=20, what="all settled")
    assert relay.stop() == 0
    relay.store.assert_balanced()
    totals = relay.store.totals()
    stored = {text.split()[0] for text in stored_user_texts(relay.store)}
    assert totals["recorded"] == len(stored) and totals["accepted"] == 22
    assert totals["recorded"] + totals.get("dropped.store_error", 0) + totals.get("dropped.over_budget", 0) == 22


def test_on_a_full_disk_a_store_is_read_and_nothing_half_is_left(proxy, mock, run, small_disk, workspace):
    if small_disk is None:
        pytest.skip("no file system can be mounted")
    relay = proxy(mock, sqlite=small_disk / "tapes.sqlite")
    assert relay.fetch(chat.turn("before"))[0].status == 200
    relay.store.wait_exchanges(1)
    assert relay.stop() == 0
    fill(small_disk)
    def names():
        return sorted(path.name for path in small_disk.iterdir() if not path.name.endswith(("-wal", "-shm")))
    before = names()
    store = ("--sqlite", small_disk / "tapes.sqlite")
    code, out, err = run("verify", *store)
    assert code == 0 and "all is well" in out, err
    code, _, err = run("backup", workspace / "copy.sqlite", *store)
    assert code == 0, err
    for command in (["backup", small_disk / "copy.sqlite", *store],
                    ["restore", workspace / "copy.sqlite", *store, "--force"]):
        code, _, err = run(*command)
        assert code == 1 and "cannot be written" in err, err
    assert names() == before


def limit_on_file_size(proxy, mock):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    relay = proxy(mock, preexec=limit)
    for number in range(40):
        head, _ = relay.fetch(chat.turn(f"turn-{number} " + os.urandom(40_000).hex()))
        assert head.status == 200
    wait_until(lambda: relay.metric("tapes_store_failing") == 1, what="the metric")
    assert relay.admin("/readyz")[0] == 503
    resource.prlimit(relay.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_until(lambda: relay.metric("tapes_store_failing") == 0, timeout=20, what="recovery")
    wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 0, timeout=20, what="all settled")
    relay.store.assert_balanced()


def test_limit_on_file_size_is_survived(proxy, mock):
    limit_on_file_size(proxy, mock)


def one_line(error: str) -> str:
    lines = [line for line in error.strip().splitlines() if line]
    assert len(lines) == 1, error
    return lines[0]


def test_unwritable_directory_is_a_clear_error_at_start(run, workspace):
    blocked = workspace / "blocked"
    blocked.write_text("a file where a directory is wanted")
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                         "--sqlite", blocked / "tapes.sqlite")
    assert code == 1
    assert str(blocked) in one_line(error)


def test_read_only_directory_is_a_clear_error_at_start(binary, workspace):
    closed = workspace / "closed"
    closed.mkdir()
    closed.chmod(0o500)
    workspace.chmod(0o755)

    def drop_root():
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
    try:
        done = subprocess.run([binary, "serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "",
                               "--upstream", "mock", "--config-dir", closed, "--sqlite", closed / "tapes.sqlite"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, cwd="/",
                              preexec_fn=drop_root)
    except PermissionError:
        # The binary itself lies where that user may not look: nothing to be learned here.
        pytest.skip("the binary is not reachable for an unprivileged user")
    finally:
        closed.chmod(0o700)
    assert done.returncode == 1
    assert str(closed) in one_line(done.stderr)


def test_second_process_on_one_store_is_refused_with_the_holders_pid(proxy, mock, run):
    relay = proxy(mock)
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                         "--sqlite", relay.store.path)
    assert code == 1
    assert str(relay.pid) in one_line(error)
    assert relay.fetch(chat.turn("not disturbed"))[0].status == 200
    relay.store.wait_exchanges(1)


def test_second_process_is_refused_also_where_one_of_the_two_came_by_a_link(proxy, mock, run, workspace):
    path, link = workspace / "tapes.sqlite", workspace / "link.sqlite"
    link.symlink_to(path)
    for first, second in ((path, link), (link, path)):
        relay = proxy(mock, sqlite=first)
        code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                             "--sqlite", second)
        assert code == 1
        assert str(relay.pid) in one_line(error)
        assert relay.stop() == 0


def test_lock_of_a_killed_process_does_not_stay(proxy, mock):
    relay = proxy(mock)
    relay.fetch(chat.turn("one"))
    relay.store.wait_exchanges(1)
    relay.kill()
    again = proxy(mock)
    again.fetch(chat.turn("two"))
    again.store.wait_exchanges(2)


def state_of(path: pathlib.Path):
    """What must stay as it is where a path is refused."""
    return path.read_bytes(), path.stat().st_mode, sorted(path.parent.iterdir())


@pytest.mark.parametrize("content", [b"this is no database, but it is long enough to be looked at" * 100, b"SQLite format 3\0" + bytes(50)])
def test_file_that_is_no_store_is_refused_and_left_alone(run, workspace, content):
    path = workspace / "notes" / "notes.txt"
    path.parent.mkdir()
    path.write_bytes(content)
    path.chmod(0o644)
    before = state_of(path)
    code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                         "--sqlite", path)
    assert code == 1
    assert str(path) in one_line(error)
    assert state_of(path) == before


def test_foreign_newer_and_v04_files_are_refused_and_left_alone(run, workspace, proxy, mock):
    relay = proxy(mock)
    assert relay.stop() == 0

    def tried(path):
        path.chmod(0o644)
        before = state_of(path)
        code, _, error = run("serve", "proxy", "--listen", "127.0.0.1:0", "--admin-listen", "", "--upstream", "mock",
                             "--sqlite", path)
        assert code == 1 and state_of(path) == before
        return one_line(error)
    newer = workspace / "newer.sqlite"
    newer.write_bytes(relay.store.path.read_bytes())
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    assert "newer" in tried(newer)
    foreign = workspace / "foreign.sqlite"
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE customers(name)")
    db.close()
    assert str(foreign) in tried(foreign)
    old = workspace / "old.sqlite"
    with sqlite3.connect(old) as db:
        db.execute("CREATE TABLE nodes(hash TEXT PRIMARY KEY, bucket, type, role, content, model, provider, "
                   "agent_name, parent_hash TEXT, created_at DATETIME)")
        db.execute("CREATE TABLE schema_migrations(version, applied_at)")
    db.close()
    assert "import" in tried(old)


def test_store_and_its_directory_are_private(proxy, upstream, workspace):
    path = workspace / "made" / "for" / "us" / "tapes.sqlite"
    relay = proxy(upstream(Answering(chat.answer(chat.completion("x")))), sqlite=path)
    relay.fetch(chat.turn("hi"))
    relay.store.wait_exchanges(1)
    assert relay.store.mode_of(path.parent) == 0o700
    for file in relay.store.files():
        assert relay.store.mode_of(file) == 0o600, file
