"""Proxies, a broker and a collector that are stopped and killed at random, under clients that leave at random.
In the end everything is everywhere: the nodes of the sources are those on the topic and in the central store.

CHAOS_SECONDS (12) is how long things go wrong; CHAOS_SEED repeats a run's choices. `make chaos` takes minutes."""
import os
import random
import re
import socket
import threading
import time

import pytest

from harness import chat
from harness.broker import assert_ordered
from harness.collector import Collector
from harness.load import stored_user_texts
from harness.wire import Closed, Peer, wait_until

pytestmark = pytest.mark.kafka

SECONDS = float(os.environ.get("CHAOS_SECONDS", "12"))
SEED = int(os.environ.get("CHAOS_SEED", str(random.SystemRandom().randrange(1 << 32))))
SOURCES = 3
CLIENTS = 3  # of each source


class Source:
    """A proxy with its store, which comes back after each kill, and its clients."""

    def __init__(self, number, start):
        self.number, self.project, self._start = number, f"source-{number}", start
        self.process = start()
        self.seen: list[str] = []  # texts whose whole answer has arrived
        self.left = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(random.Random(f"{SEED}.{number}.{i}"), i),
                                          daemon=True) for i in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    @property
    def store(self):
        return self.process.store

    def kill(self):
        self.process.kill()
        self.process = self._start()

    def calm(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a client did not end"

    def _client(self, rng, client):
        turn = 0
        while not self._stop.is_set():
            # Some conversations are the same at every source: what is there already must stay one thing.
            turn += 1
            tag = f"everywhere {client} {turn % 50}" if rng.random() < 0.1 else f"{self.number}.{client}.{turn}"
            try:
                self._converse(rng, tag)
            except (OSError, Closed):
                pass
            self._stop.wait(0.05)  # enough to do for all, but time to breathe for the broker

    def _converse(self, rng, tag):
        messages = []
        with Peer(socket.create_connection(("127.0.0.1", self.process.port), timeout=10), 10) as peer:
            for n in range(rng.randint(1, 4)):
                text = f"{tag} question {n}"
                messages.append({"role": "user", "content": text})
                leaves = rng.random() < 0.15
                fields = b"X-Mock-Event-Delay-Ms: 10\r\n" if leaves else b""
                peer.send(chat.turn(messages=messages, stream=leaves or rng.random() < 0.5, fields=fields))
                if leaves:
                    time.sleep(rng.random() * 0.05)
                    self.left += 1
                    return  # in mid-stream
                head = peer.take_head()
                body = peer.take_body(head)
                if head.status != 200:
                    return
                self.seen.append(text)
                messages.append({"role": "assistant", "content": said(body)})


def said(body: bytes) -> str:
    """The text of an answer, streamed or not."""
    return b"".join(re.findall(rb'"content":"((?:[^"\\]|\\.)*)"', body)).decode()


def hashes(store):
    return {row["hash"] for row in store.rows("SELECT hash FROM nodes")}


@pytest.fixture
def told():
    """The seed is told whatever happens."""
    print(f"CHAOS_SEED={SEED} CHAOS_SECONDS={SECONDS:g}", flush=True)
    events: list[str] = []
    yield events


def test_whatever_stops_and_dies_everything_ends_up_everywhere(binary, proxy, mock, kafka, topic, workspace, started,
                                                               run, told):
    rng = random.Random(SEED)
    begun = time.monotonic()

    def tell(what):
        told.append(f"{time.monotonic() - begun:7.2f} {what}")
        print(told[-1], flush=True)

    def source(number):
        directory = workspace / f"source-{number}"
        directory.mkdir()
        return Source(number, lambda: proxy(mock, directory=directory, settings={"record.ack": "wait"},
                                            extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic,
                                                   "--project", directory.name)))

    def collect():
        process = Collector(binary, workspace, kafka, topic, consumers=rng.randint(1, 3))
        started.append(process)
        return process
    sources = [source(number) for number in range(SOURCES)]
    central = collect()

    def broker_away():
        # An orderly stop may take 20 s: only where there is time.
        kafka.stop() if SECONDS > 60 and rng.random() < 0.3 else kafka.kill()
        try:
            time.sleep(rng.uniform(0.2, 2))
            if rng.random() < 0.5:
                tell("source, meanwhile")
                rng.choice(sources).kill()
        finally:
            kafka.start()

    # A broker that is away takes seconds to come back: the rest is to have its share of the time.
    while time.monotonic() - begun < SECONDS:
        what = rng.choices(["source", "collector", "collector stops", "broker"], [5, 3, 1, 2])[0]
        if time.monotonic() - begun > SECONDS / 3 and not any(" broker" in line for line in told):
            what = "broker"  # also a short run has one outage
        tell(what)
        if what == "source":
            rng.choice(sources).kill()
        elif what == "broker":
            broker_away()
        else:
            central.kill() if what == "collector" else central.stop()
            central = collect()
        time.sleep(rng.uniform(0.1, 1.5))
    tell("calm")
    for one in sources:
        one.calm()
    for one in sources:
        wait_until(lambda: one.process.metric("tapes_cursor_lag_rows") == 0, 60, "all is published", every=0.1)
        assert one.process.stop() == 0
        assert set(one.seen) <= stored_user_texts(one.store), "an answer was seen that is not stored"
    wanted = set().union(*(hashes(one.store) for one in sources))
    wait_until(lambda: wanted <= central.hashes(), 60, "all is collected", every=0.2)
    tell(f"{len(wanted)} nodes, {sum(len(one.seen) for one in sources)} answers seen, "
         f"{sum(one.left for one in sources)} clients left in mid-stream")
    assert central.hashes() == wanted
    assert central.stop() == 0

    events = kafka.read(topic, lambda found: wanted <= {event.id for event in found}, timeout=60, quiet=0.5)
    assert {event.id for event in events} == wanted
    for one in sources:  # what several sources have said is not the same to the byte: it has their times
        own = [event for event in events if event.headers["project"] == one.project]
        assert set(assert_ordered(own, lambda event: event.body["node"]["parent_hash"])) == hashes(one.store)
    tell(f"{len(events) - len(wanted)} events came twice")
    for store in (central.store, *(one.store for one in sources)):
        code, out, err = run("verify", "--sqlite", store.path, timeout=300)
        assert code == 0, f"{store.path}: {out}{err}"
    assert len(wanted) > 50
