"""Row 6: how fast a filled log gets to Kafka, beside librdkafka alone with the same records."""
import contextlib
import json
import pathlib
import sqlite3
import struct
import subprocess
import time
import uuid

from . import load, process
from .measure import median, say

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What src/bus sets by default, for the producer beside it.
PROPERTIES = {"enable.idempotence": "true", "enable.gapless.guarantee": "true", "acks": "all",
              "compression.codec": "zstd", "linger.ms": "5", "message.timeout.ms": "0", "partitioner": "fnv1a",
              "queue.buffering.max.messages": "1000000", "message.max.bytes": "33554432", "batch.size": "1000000"}


def broker(bench):
    directory = bench.work / "kafka"
    command = [ROOT / "scripts" / "kafka"]
    bench.stack.callback(subprocess.run, command + ["stop", "--dir", directory], check=False)
    done = subprocess.run(command + ["start", "--dir", directory], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=240)
    if done.returncode != 0:
        raise RuntimeError(f"no broker:\n{done.stdout}{done.stderr}")
    return dict(line.split("=", 1) for line in done.stdout.splitlines())["address"]


def create_topic(address):
    from confluent_kafka.admin import AdminClient, NewTopic
    admin, topic = AdminClient({"bootstrap.servers": address}), f"bench-{uuid.uuid4()}"
    admin.create_topics([NewTopic(topic, 6, 1, config={"max.message.bytes": "33554432"})])[topic].result(20)
    process.wait_until(lambda: topic in admin.list_topics(timeout=5).topics, 20, "the topic does not appear")
    return topic


def fill(bench, turns):
    """A store with so many turns, recorded by tapes itself; (path, nodes)."""
    origin = bench.start(process.nginx_upstream, bench.work / "fill-origin")
    tapes = bench.start(process.Tapes, bench.options.tapes, bench.work / "publish", origin.port)
    load.paced(bench.options.client, tapes.port, 0, turns)
    tapes.stop()
    origin.stop()
    with contextlib.closing(sqlite3.connect(tapes.store)) as db:
        return tapes.store, db.execute("SELECT count(*) FROM node").fetchone()[0]


def publish(bench, address, topic, store, nodes):
    """Starts tapes on the store and follows its count of delivered events from the first to the last."""
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("DELETE FROM cursor")
        db.commit()
    tapes = bench.start(process.Tapes, bench.options.tapes, store.parent, 9, "--publisher", "kafka",
                        "--kafka-brokers", address, "--kafka-topic", topic)
    first = None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = tapes.metrics()
        now, cpu = time.monotonic(), tapes.cpu()
        done = found.get('tapes_publish_total{cursor="kafka",result="delivered"}', 0)
        if first is None and done > 0:
            first = (now, done, cpu)
        if done >= nodes:
            break
        time.sleep(0.02)
    else:
        raise RuntimeError(f"not all was published in time:\n{tapes.tail()}")
    lag = sum(v for k, v in found.items() if k.startswith("tapes_cursor_lag_rows"))
    if tapes.stop() != 0:
        raise RuntimeError(f"tapes ended badly:\n{tapes.tail()}")
    events = done - first[1]
    if events < nodes / 4:
        raise RuntimeError("too few events to measure a rate: raise --publish-turns")
    return {"events": nodes, "rate": events / (now - first[0]), "cpu_us": (cpu - first[2]) * 1e6 / events,
            "lag_rows": lag}


def keep_records(address, topic, nodes, path):
    """The topic's records in the form that tapes_bench_producer reads, in the order of the log per partition."""
    from confluent_kafka import Consumer
    consumer = Consumer({"bootstrap.servers": address, "group.id": topic, "auto.offset.reset": "earliest",
                         "enable.auto.commit": False})
    consumer.subscribe([topic])
    records = []
    deadline = time.monotonic() + 60
    while len(records) < nodes and time.monotonic() < deadline:
        for message in consumer.consume(10000, 0.5):
            if message.error() is None:
                records.append((message.timestamp()[1], message))
    consumer.close()
    if len(records) < nodes:
        raise RuntimeError(f"{len(records)} of {nodes} records on the topic")
    records.sort(key=lambda one: one[0])  # mixes the partitions as the log did
    with open(path, "wb") as out:
        for _, message in records[:nodes]:
            headers = [(k.encode(), v or b"") for k, v in message.headers() or []]
            for part in (message.key(), message.value()):
                out.write(struct.pack("=I", len(part)) + part)
            out.write(struct.pack("=I", len(headers)))
            for part in (p for header in headers for p in header):
                out.write(struct.pack("=I", len(part)) + part)
    return sum(len(m.value()) for _, m in records[:nodes]) / nodes


def alone(bench, address, topic, path):
    properties = {"bootstrap.servers": address, **PROPERTIES}
    done = subprocess.run([str(bench.options.producer), str(path), topic, *(f"{k}={v}" for k, v in properties.items())],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"the producer failed: {done.stderr}")
    found = json.loads(done.stdout)
    return {**found, "rate": found["events"] / found["seconds"]}


def measure(bench):
    quick = bench.options.quick
    turns = bench.options.publish_turns or (10000 if quick else 60000)
    say("publishing: a broker, a store with %d turns" % turns)
    address = broker(bench)
    store, nodes = fill(bench, turns)
    path = bench.work / "records"
    topic = create_topic(address)
    publish(bench, address, topic, store, nodes)  # warms the broker up; its records are what both send
    size = keep_records(address, topic, nodes, path)
    say(f"publishing {nodes} events")
    rounds = {"librdkafka": [], "tapes": []}
    for _ in range(1 if quick else 4):
        rounds["librdkafka"].append(alone(bench, address, create_topic(address), path))
        rounds["tapes"].append(publish(bench, address, create_topic(address), store, nodes))
    return {"events": nodes, "value_bytes": size,
            **{name: {"rounds": found, "rate": median(found, "rate"), "cpu_us": median(found, "cpu_us")}
               for name, found in rounds.items()}}
