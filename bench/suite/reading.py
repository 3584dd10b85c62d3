"""The reading side: what the catalogue costs while turns are recorded, how fast it is made, and how fast it is read."""
import contextlib
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import time

from . import live, load, process, read_api
from .measure import loaded, say, summary

LISTS = {"no filter": [], "a project": ["--project", "ledger"], "an agent": ["--agent", "planner"],
         "a model": ["--model", "gpt-5"], "a provider": ["--provider", "anthropic"], "a time": ["--since", "30d"],
         "a time long ago": ["--until", "170d"], "a name": ["--session", "session-1234"],
         "no match": ["--project", "nowhere"], "errors": ["--errors"]}
# Those of bench/fill_store.cpp.
SYLLABLES = "ka to mi re su lo ne va di po gra sti fer un quo bel".split()
FILTERS = ["project:shop", "model:gpt-5 role:user", "session:session-1234", "tool:shell", "since:7d"]
SUMS = ["day", "model", "project", "agent", "session", "tool"]


def run(bench, *arguments):
    """Wall and CPU seconds of a command, and what it printed."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run([bench.options.tapes, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env={**os.environ, "NO_COLOR": "1", "TAPES_CONFIG_DIR": str(bench.work)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{arguments}: {done.stderr}")
    return (time.monotonic() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            done.stdout)


def repeated(bench, count, *arguments):
    """The median and the largest of so many runs, in ms, and the number of lines."""
    found = [run(bench, *arguments) for _ in range(count)]
    times = sorted(one[0] * 1000 for one in found)
    return {"median_ms": statistics.median(times), "most_ms": times[-1], "lines": found[0][2].count("\n")}


def fill(bench, nodes):
    started = time.monotonic()
    if store := bench.options.store:
        for name in ("", "-wal", "-shm", ".lock"):
            store.with_name(f"{store.name}.catalogue{name}").unlink(missing_ok=True)
    else:
        store = bench.work / "reading" / "store.sqlite"
        store.parent.mkdir(parents=True, exist_ok=True)
        say(f"filling a store with {nodes} nodes")
        subprocess.run([bench.options.fill_store, store, str(nodes)], check=True)
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        count, text = db.execute("SELECT count(*), sum(length(CAST(content AS BLOB))) FROM node").fetchone()
    return store, {"nodes": count, "text_bytes": text, "seconds": time.monotonic() - started,
                   "store_bytes": store.stat().st_size}


def recording(bench):
    """Small turns with the catalogue and without it, in turn."""
    quick = bench.options.quick
    say("small turns with and without the catalogue")
    origin = bench.start(process.nginx_upstream, bench.work / "reading-origin")
    subjects = []
    for name, more in (("without", ["--set", "catalogue.enabled=false"]), ("with", [])):
        subjects.append(bench.start(process.Tapes, bench.options.tapes, bench.work / f"reading-{name}", origin.port,
                                    *more))
        subjects[-1].name = name
    found = {one.name: [] for one in subjects}
    half = {one.name: [] for one in subjects}
    for one in subjects:
        loaded(one, lambda: load.wrk(one.port, 1, "turn"))
    for number in range(2 if quick else 5):
        for one in subjects if number % 2 == 0 else reversed(subjects):
            found[one.name].append(loaded(one, lambda: load.wrk(one.port, 2 if quick else 4, "turn")))
    rate = statistics.median(one["rps"] for one in found["without"]) / 2
    for number in range(1 if quick else 3):
        for one in subjects if number % 2 == 0 else reversed(subjects):
            half[one.name].append(loaded(one, lambda: load.paced(bench.options.client, one.port, rate,
                                                                 int(rate * (2 if quick else 4)))))
    for one in subjects:
        if one.stop() != 0:
            raise RuntimeError(f"tapes {one.name} the catalogue ended badly:\n{one.tail()}")
    origin.stop()
    return {"closed_loop": {name: summary(rounds) for name, rounds in found.items()},
            "half_load": {"rate": rate, **{name: summary(rounds) for name, rounds in half.items()}}}


def word(number):
    """A word of the store: a low number is a common one."""
    made, rest = "", number + 1
    while rest:
        made, rest = made + SYLLABLES[rest % 16], rest // 16
    return made


def searches(bench, store):
    """100 searches of one to three words, as frequent in queries as in the store, in a process that has begun; and as
    many of one word with a filter."""
    chance = random.Random(20260131)
    pick = lambda: word(int(49_999 * chance.random() ** 4))
    plain = [" ".join(pick() for _ in range(1 + number % 3)) for number in range(100)]
    found = {}
    for name, queries in (("words", plain),
                          ("filters", [f"{pick()} {FILTERS[number % len(FILTERS)]}" for number in range(100)])):
        done = subprocess.run([bench.options.search, store, f"{store}.catalogue"], input="\n".join(queries * 2) + "\n",
                              capture_output=True, text=True, check=True)
        lines = [line.split(" ", 4) for line in done.stdout.splitlines()][len(queries):]
        times, cpu = (sorted(float(line[at]) for line in lines) for at in (0, 1))
        found[name] = {"p50_ms": times[49], "p95_ms": times[94], "most_ms": times[-1], "cpu_p95_ms": cpu[94],
                       "hits": sum(int(line[2]) for line in lines), "partial": sum(line[3] == "partial" for line in lines)}
    return found


def measure(bench):
    out = {"recording": recording(bench), "live": live.measure(bench), "crowd": live.cost(bench)}
    store, out["store"] = fill(bench, bench.options.nodes or (200_000 if bench.options.quick else 10_000_000))
    say("making the catalogue")
    wall, cpu, _ = run(bench, "log", "-s", store, "--limit", "1", "--json")
    catalogue = store.with_name(store.name + ".catalogue")
    out["catalogue"] = {"seconds": wall, "cpu_seconds": cpu, "nodes_per_second": out["store"]["nodes"] / wall,
                        "bytes": catalogue.stat().st_size}
    count = 5 if bench.options.quick else 20
    say("reading")
    out["lists"] = {name: repeated(bench, count, "log", "-s", store, "--limit", "50", "--json", *filters)
                    for name, filters in LISTS.items()}
    out["search"] = searches(bench, store)
    out["search"]["command"] = repeated(bench, count, "search", "-s", store, word(500), "--json")
    out["sums"] = {by: repeated(bench, 3, "stats", "-s", store, "--by", by, "--json") for by in SUMS}
    out["show"] = repeated(bench, count, "show", "-s", store, "@", "--json")
    out["api"] = read_api.measure(bench, store)
    return out
