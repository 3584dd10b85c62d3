"""The real Kafka broker of scripts/kafka, and a consumer group that reads whole topics."""
import json
import os
import pathlib
import signal
import subprocess
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Broker:
    """One broker; `stop`, `start` and `kill` keep its port and data."""

    pid = 0

    def __init__(self, directory):
        self.directory = directory
        self.address = ""
        self.start()

    def _run(self, *arguments):
        done = subprocess.run([ROOT / "scripts" / "kafka", *arguments, "--dir", self.directory],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    def start(self):
        told = self._run("start", "--timeout", "180")
        self.address, self.pid = told["address"], int(told["pid"])

    def stop(self):
        self._run("stop")

    def kill(self):
        self._run("stop", "--kill")

    def freeze(self):
        """Its connections stay, and new ones are taken: nothing is answered until `thaw`."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self):
        os.kill(self.pid, signal.SIGCONT)

    def create_topic(self, name: str, partitions: int = 6, **config):
        from confluent_kafka.admin import AdminClient, NewTopic
        admin = AdminClient({"bootstrap.servers": self.address})
        futures = admin.create_topics([NewTopic(name, partitions, 1, config=config)])
        futures[name].result(20)
        # Known to the controller is not yet known to every request: wait for its metadata.
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = admin.list_topics(timeout=5).topics.get(name)
            if found is not None and len(found.partitions) == partitions:
                return name
            time.sleep(0.05)
        raise AssertionError(f"topic {name} did not appear")

    def raise_limit(self, topic: str):
        """From now on the topic takes messages of a million bytes."""
        from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource
        entry = ConfigEntry("max.message.bytes", "1000000", incremental_operation=AlterConfigOpType.SET)
        admin = AdminClient({"bootstrap.servers": self.address})
        for future in admin.incremental_alter_configs(
                [ConfigResource("topic", topic, incremental_configs=[entry])]).values():
            future.result(20)

    def partitions_of(self, name: str) -> int:
        from confluent_kafka.admin import AdminClient
        found = AdminClient({"bootstrap.servers": self.address}).list_topics(timeout=10).topics.get(name)
        return len(found.partitions) if found is not None else 0

    def read(self, topic: str, until, timeout: float = 30, quiet: float = 0.0):
        """Events by a fresh consumer group over all partitions, from the beginning, until `until(events)` holds
        (and nothing more came for `quiet` seconds)."""
        from confluent_kafka import Consumer, KafkaError
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": f"e2e-{uuid.uuid4()}",
                             "auto.offset.reset": "earliest", "enable.auto.commit": False,
                             "fetch.message.max.bytes": 40 << 20, "fetch.max.bytes": 80 << 20,
                             "receive.message.max.bytes": 120 << 20})
        consumer.subscribe([topic])
        events, deadline, calm = [], time.monotonic() + timeout, None
        try:
            while time.monotonic() < deadline:
                for message in consumer.consume(500, timeout=0.1):
                    if message.error():
                        assert message.error().code() in (KafkaError._PARTITION_EOF, KafkaError._TRANSPORT,
                                                          KafkaError._ALL_BROKERS_DOWN), message.error()
                        continue
                    events.append(Event(message))
                    calm = None
                if until(events):
                    calm = calm or time.monotonic()
                    if time.monotonic() - calm >= quiet:
                        return events
            raise AssertionError(f"after {timeout} s only {len(events)} events on {topic} "
                                 f"({len({e.id for e in events})} distinct)")
        finally:
            consumer.close()


class Event:
    """A message of the topic, with where it stood."""

    def __init__(self, message):
        self.key = message.key().decode()
        self.value = message.value()
        self.partition, self.offset = message.partition(), message.offset()
        self.timestamp_ms = message.timestamp()[1]
        self.headers = {name: value.decode() for name, value in message.headers() or []}
        self.body = json.loads(self.value)
        self.id = self.body["node"]["hash"]


def fnv1a_partition(key: str, partitions: int) -> int:
    """As librdkafka's `fnv1a` partitioner (and the reference's) chooses."""
    value = 0x811C9DC5
    for byte in key.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    signed = value - (1 << 32) if value >= 1 << 31 else value
    return abs(signed) % partitions if signed != -(1 << 31) else 0


def assert_ordered(events, parent_of):
    """A parent stands before its child at its first appearance, and a repeat is equal to the byte."""
    first: dict[str, Event] = {}
    position: dict[str, int] = {}
    for event in sorted(events, key=lambda e: (e.partition, e.offset)):
        if event.id in first:
            assert event.value == first[event.id].value, "a repeated event differs"
            assert event.key == first[event.id].key
            continue
        parent = parent_of(event)
        if parent is not None:
            assert parent in first, f"child {event.id} before its parent {parent}"
            assert first[parent].partition == event.partition
        first[event.id] = event
        position[event.id] = event.offset
    return first
