"""A store of some gigabytes: how long a backup and a restore take, how much memory, and what recording beside them notices.

Run by hand: `LARGE=1 pytest -c e2e/pytest.ini e2e/large/test_large_backup.py -s` prints the figures (LARGE=0.1: a store of some
hundred megabytes). `make nightly` runs it, no other target does."""
import json
import os
import pathlib
import random
import subprocess
import time

from harness import chat
from harness.load import Load, stored_user_texts
from harness.store import Store
from harness.wire import wait_until

SCALE = float(os.environ.get("LARGE", "1"))
TURNS, BYTES = max(20, int(800 * SCALE)), 2_000_000


def measured(binary, *arguments):
    """Runs a command: what it says, its peak of memory in MB, and how long it took."""
    begun = time.monotonic()
    child = subprocess.Popen([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    out, err = child.communicate(timeout=3000)
    assert child.returncode == 0, err
    return json.loads(out), time.monotonic() - begun


def peak_of(binary, *arguments):
    """The peak of memory of a command, in MB."""
    done = subprocess.run(["/usr/bin/env", "python3", "-c",
                           "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=2); "
                           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)", binary,
                           *map(str, arguments)], capture_output=True, text=True, check=True, timeout=3000)
    return int(done.stdout) / 1024


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def latencies(relay, seconds_or_process):
    """How long small turns took, one after the other, in ms, until the process has ended."""
    took = []
    while (seconds_or_process.poll() is None if hasattr(seconds_or_process, "poll") else len(took) < seconds_or_process):
        begun = time.monotonic()
        relay.fetch(chat.turn(f"small {len(took)}"))
        took.append((time.monotonic() - begun) * 1000)
    return took


def test_a_large_store_is_backed_up_beside_recording(binary, proxy, mock, workspace):
    relay = proxy(mock)
    randomness = random.Random(1)
    for n in range(TURNS):
        relay.fetch(chat.turn(f"{n} " + randomness.randbytes(BYTES // 2).hex()))
    relay.store.wait_exchanges(TURNS, timeout=120)
    path, size = relay.store.path, relay.store.path.stat().st_size
    print(f"\nstore: {size / 1e6:.0f} MB")

    told, took = measured(binary, "backup", workspace / "idle", "--sqlite", path, "--json")
    print(f"backup, nothing recorded: copied in {told['copy_seconds']:.1f} s, verified and on the disk in {took:.1f} s")
    os.unlink(workspace / "idle")
    peak = peak_of(binary, "backup", workspace / "memory", "--sqlite", path, "--no-verify")
    print(f"memory of a backup: {peak:.0f} MB")
    assert peak < 100
    os.unlink(workspace / "memory")

    alone = latencies(relay, 500)
    child = subprocess.Popen([binary, "backup", workspace / "busy", "--sqlite", path, "--json", "--no-verify"],
                             stdout=subprocess.PIPE, text=True)
    beside = latencies(relay, child)
    told = json.loads(child.communicate()[0])
    print(f"a small turn: p50 {percentile(alone, .5):.1f} ms, p99 {percentile(alone, .99):.1f} ms; beside a backup p50 "
          f"{percentile(beside, .5):.1f} ms, p99 {percentile(beside, .99):.1f} ms ({len(beside)} turns)")
    os.unlink(workspace / "busy")

    load = Load(relay.port, clients=16)
    wait_until(lambda: len(load.seen) >= 100, what="load")
    seen, begun = set(load.seen), time.monotonic()
    told, took = measured(binary, "backup", workspace / "loaded", "--sqlite", path, "--json")
    during = len(load.seen) - len(seen)
    load.stop()
    print(f"backup under full load ({during / (time.monotonic() - begun):.0f} turns/s): copied in {told['copy_seconds']:.1f} s, "
          f"all in {took:.1f} s, the WAL grew to {told['log_bytes'] / 1e6:.0f} MB")
    assert load.statuses == {200: len(load.seen)}
    assert told["verified"] and not seen - stored_user_texts(Store(workspace / "loaded"))
    assert relay.stop() == 0
    wal = pathlib.Path(f"{path}-wal")
    assert not wal.exists() or wal.stat().st_size == 0

    told, took = measured(binary, "restore", workspace / "loaded", "--sqlite", workspace / "new" / "tapes.sqlite", "--json")
    print(f"restore: copied in {told['copy_seconds']:.1f} s, verified and on the disk in {took:.1f} s")
