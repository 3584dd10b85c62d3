"""The measurements. Those that compare take turns (A B A B …) in one run; medians of the rounds count."""
import contextlib
import sqlite3
import statistics
import sys
import time

from . import load, process


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def median(rounds, key):
    return statistics.median(one[key] for one in rounds)


def summary(rounds):
    return {"rounds": rounds, **{key: median(rounds, key) for key in rounds[0]}}


def loaded(one, work):
    """Does `work` (which returns a load's result) and adds the CPU time that it cost the process."""
    before = one.cpu()
    result = work()
    after = one.cpu_when_idle()
    if result.get("errors") or result.get("not_ok"):
        raise RuntimeError(f"{one.name}: requests failed: {result}\n{one.tail()}")
    result["cpu_us"] = (after - before) * 1e6 / max(1, result["requests"])
    result["rps"] = result["requests"] / result["seconds"]
    if hasattr(one, "answered"):
        one.answered += result["requests"]
    return result


def alternate(subjects, rounds, work):
    """{name: summary} of `work(subject)` for each subject in turn, `rounds` times."""
    found = {one.name: [] for one in subjects}
    for number in range(rounds):
        # Every other round the other way round, so that what one leaves behind hits each alike.
        for one in subjects if number % 2 == 0 else reversed(subjects):
            found[one.name].append(loaded(one, lambda: work(one)))
    return {name: summary(results) for name, results in found.items()}


def ledger(tapes):
    """What the store says after tapes has ended, beside what clients saw answered."""
    with contextlib.closing(sqlite3.connect(f"file:{tapes.store}?mode=ro", uri=True)) as db:
        total = dict(db.execute("SELECT name, value FROM total"))
        turns = db.execute("SELECT count(*) FROM exchanges WHERE drop_reason IS NULL AND head_hash IS NOT NULL"
                           ).fetchone()[0]
        whole = db.execute("SELECT count(*) FROM exchanges WHERE drop_reason IS NULL AND head_hash IS NOT NULL "
                           "AND end_reason = 'complete'").fetchone()[0]
        nodes = db.execute("SELECT count(*) FROM node").fetchone()[0]
        times = db.execute("SELECT avg(length(times)) FROM chunk_time").fetchone()[0]
    dropped = sum(value for name, value in total.items() if name not in ("accepted", "recorded"))
    return {"answered": tapes.answered, "turns_in_store": turns, "complete_in_store": whole, "nodes": nodes,
            "lost": max(0, tapes.answered - whole), "accepted": total.get("accepted", 0),
            "recorded": total.get("recorded", 0), "dropped": dropped,
            "adds_up": total.get("accepted", 0) == total.get("recorded", 0) + dropped,
            "chunk_time_bytes": times or 0, "database_bytes": tapes.store.stat().st_size}


def reference_ledger(one):
    with contextlib.closing(sqlite3.connect(f"file:{one.store}?mode=ro", uri=True)) as db:
        nodes = db.execute("SELECT count(*) FROM nodes").fetchone()[0]
    return {"answered": one.answered, "turns_in_store": nodes // 2, "lost": max(0, one.answered - nodes // 2)}


def stop(subjects, out):
    for one in subjects:
        code = one.stop()
        if one.name == "tapes":
            if code != 0:
                raise RuntimeError(f"tapes ended with {code}:\n{one.tail()}")
            out["ledger"] = ledger(one)
        elif one.name == "reference":
            out["reference_ledger"] = reference_ledger(one)


class Bench:
    """One run: where things are, and how long each part may take."""

    def __init__(self, options, work):
        self.options, self.work = options, work
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stack.close()

    def start(self, make, *arguments):
        """A process that ends with this run, whatever happens."""
        one = make(*arguments)
        self.stack.callback(one.stop, 5)
        return one

    def subjects(self, part, origin, streams=False, with_reference=True):
        found = [self.start(process.nginx_proxy, self.work / f"{part}-nginx", origin, streams),
                 self.start(process.Tapes, self.options.tapes, self.work / f"{part}-tapes", origin)]
        if with_reference and self.options.reference:
            found.append(self.start(process.reference, self.options.reference,
                                    self.work / f"{part}-reference", origin))
            found[-1].answered = 0
        return found

    def one_shot(self):
        """Rows 1 and 4: CPU and throughput in a closed loop, then latency at half of tapes' own maximum."""
        quick = self.options.quick
        say("one-shot turns")
        origin = self.start(process.nginx_upstream, self.work / "origin")
        subjects = self.subjects("turn", origin.port)
        nginx, tapes = subjects[:2]
        for one in subjects:
            loaded(one, lambda: load.wrk(one.port, 1, "turn"))
        before = tapes.metrics()
        out = {"closed_loop": alternate(subjects, 2 if quick else 5,
                                        lambda one: load.wrk(one.port, 2 if quick else 4, "turn"))}
        after = tapes.metrics()
        out["commit_p99_ms"] = process.quantile(before, after, "tapes_commit_seconds", 0.99) * 1000
        out["turns_per_commit"] = ((after["tapes_commit_turns_sum"] - before["tapes_commit_turns_sum"])
                                   / max(1, after["tapes_commit_turns_count"] - before["tapes_commit_turns_count"]))
        out["rss_bytes"] = {one.name: one.memory() for one in subjects}
        out["peak_rss_bytes"] = {one.name: one.memory("VmHWM") for one in subjects}
        out["half_load"] = self.latency(origin, nginx, tapes, out["closed_loop"]["tapes"]["rps"] / 2)
        stop(subjects, out)
        origin.stop()
        return out

    def latency(self, origin, nginx, tapes, rate):
        quick = self.options.quick
        say(f"latency at {rate:.0f} turns/s")
        count = int(rate * (2 if quick else 4))
        before = tapes.metrics()
        found = alternate([origin, nginx, tapes], 1 if quick else 3,
                          lambda one: load.paced(self.options.client, one.port, rate, count))
        after = tapes.metrics()
        out = {"rate": rate, "direct": found["nginx as upstream"], "nginx": found["nginx"], "tapes": found["tapes"]}
        for part, name in ((0.5, "p50"), (0.99, "p99")):
            out[f"commit_{name}_ms"] = process.quantile(before, after, "tapes_commit_seconds", part) * 1000
            for one in ("nginx", "tapes"):
                out[f"{one}_added_{name}_ms"] = out[one][f"{name}_ms"] - out["direct"][f"{name}_ms"]
        return out

    def streams(self):
        """Row 2: streams at a fixed pace, so that both proxies see the same traffic event by event."""
        quick = self.options.quick
        say(f"streams of {load.EVENTS} events")
        origin = self.start(process.mock_upstream, self.options.tapes, self.work / "stream-origin")
        subjects = self.subjects("stream", origin.port, streams=True)
        for one in subjects:
            loaded(one, lambda: load.wrk(one.port, 1, "stream"))
        out = {"paced": alternate(subjects, 2 if quick else 4,
                                  lambda one: load.wrk(one.port, 2 if quick else 5, "stream"))}
        stop(subjects, out)
        origin.stop()
        return out

    def idle(self):
        """Row 5: what an open stream that says nothing costs in memory."""
        count = 200 if self.options.quick else 2000
        say(f"{count} idle streams")
        out = {"streams": count}
        for make in (process.nginx_proxy, process.Tapes):
            origin = self.start(process.mock_upstream, self.options.tapes, self.work / "idle-origin")
            if make is process.Tapes:
                one = self.start(make, self.options.tapes, self.work / "idle-tapes", origin.port)
            else:
                one = self.start(make, self.work / "idle-nginx", origin.port, True)
            load.IdleStreams(one.port, 20).close()
            time.sleep(0.3)
            before = one.memory()
            held = load.IdleStreams(one.port, count)
            time.sleep(0.3)
            after = one.memory()
            out[one.name] = {"before_bytes": before, "with_streams_bytes": after,
                             "bytes_per_stream": (after - before) / count}
            held.close()
            # First the upstream: a client's end is a half-close as long as nothing is sent to it.
            origin.stop()
            one.stop()
        return out
