"""The read API: how long a list takes, and what ten readers at work take of the daemon's memory."""
import http.client
import json
import pathlib
import threading
import time
import urllib.parse

from . import process
from .measure import say

READERS = 10


def days_ago(count):
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - count * 86400))


LISTS = {"no filter": {}, "a project": {"project": "ledger"}, "an agent": {"agent": "planner"},
         "a model": {"model": "gpt-5"}, "a provider": {"provider": "anthropic"}, "a time": {"since": days_ago(30)},
         "a time long ago": {"until": days_ago(170)}, "a name": {"session": "session-1234"},
         "no match": {"project": "nowhere"}, "errors": {"errors": "true"}}


class Client:
    """A connection to the admin listener that is kept."""

    def __init__(self, subject, token):
        self.fields = {"Authorization": f"Bearer {token}"}
        self.line = http.client.HTTPConnection("127.0.0.1", subject.admin, timeout=60)

    def get(self, path, **query):
        self.line.request("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""), headers=self.fields)
        answer = self.line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} {query}: {answer.status} {body[:300]!r}")
        return json.loads(body)

    def timed_ms(self, path, **query):
        started = time.monotonic()
        self.get(path, **query)
        return (time.monotonic() - started) * 1000


def read_about(subject, token, seconds, failures):
    """What a page asks for when somebody goes through the record, over and over."""
    try:
        client = Client(subject, token)
        until = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until:
            choice = list(LISTS.values())[number % len(LISTS)]
            number += 1
            for session in client.get("/v1/sessions", limit=50, **choice)["sessions"][:5]:
                name = urllib.parse.quote(session["name"], safe="")
                client.get(f"/v1/sessions/{name}")
                client.get(f"/v1/sessions/{name}/transcript")
                client.get(f"/v1/sessions/{name}/exchanges")
            client.get("/v1/usage", by="model")
    except Exception as failed:  # told by the one who started the thread
        failures.append(failed)


def measure(bench, store):
    say("the read API")
    quick = bench.options.quick
    subject = bench.start(process.Tapes, bench.options.tapes, bench.work / "read-api", 9, "--sqlite", store)
    subject.store = store
    token = pathlib.Path(f"{store}.token").read_text().strip()
    client = Client(subject, token)
    process.wait_until(lambda: client.get("/v1/sessions", limit=1)["sessions"], 60, "the catalogue is not there")
    lists = {}
    for name, choice in LISTS.items():
        lists[name] = sorted(client.timed_ms("/v1/sessions", limit=50, **choice) for _ in range(20 if quick else 200))
    before = subject.memory()
    failures = []
    threads = [threading.Thread(target=read_about, args=(subject, token, 3 if quick else 20, failures))
               for _ in range(READERS)]
    for one in threads:
        one.start()
    most = before
    while any(one.is_alive() for one in threads):
        most = max(most, subject.memory())
        time.sleep(0.05)
    if failures:
        raise failures[0]
    if subject.stop() != 0:
        raise RuntimeError(f"tapes that was read ended badly:\n{subject.tail()}")
    together = sorted(ms for times in lists.values() for ms in times)
    return {"lists": {name: {"p50_ms": times[len(times) // 2], "p99_ms": times[len(times) * 99 // 100]}
                      for name, times in lists.items()},
            "p50_ms": together[len(together) // 2], "p99_ms": together[len(together) * 99 // 100],
            "readers": READERS, "rss_before": before, "rss_most": most}
