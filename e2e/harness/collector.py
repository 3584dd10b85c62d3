"""`tapes serve collector`, and events of nodes as any producer may write them."""
import hashlib
import json
import pathlib

from .process import ADMIN_LINE, Process, Proxy
from .store import Store


class Collector(Process):
    """One collector process. `self.store`, and the admin listener as a proxy has it."""

    token, ask, admin = Proxy.token, Proxy.ask, Proxy.admin
    metrics, metric, wait_metric = Proxy.metrics, Proxy.metric, Proxy.wait_metric

    def __init__(self, binary, directory, kafka, topic, consumers=1, group="central", settings=None, extra=(),
                 store="central.sqlite", environment=None, wait=True):
        directory = pathlib.Path(directory)
        self.store = Store(directory / store)
        arguments = [binary, "serve", "collector", "--kafka-brokers", kafka.address, "--kafka-topic", topic,
                     "--group", group, "--consumers", str(consumers), "--sqlite", self.store.path,
                     "--admin-listen", "127.0.0.1:0", "--config-dir", directory / "config"]
        for key, value in {"collector.session_timeout": "6s", **(settings or {})}.items():
            arguments += ["--set", f"{key}={value}"]
        super().__init__([*arguments, *extra], environment, directory)
        if wait:
            self.admin_port = int(self.wait_for(ADMIN_LINE, 30).group(2))

    def hashes(self):
        return {row["hash"] for row in self.store.rows("SELECT hash FROM nodes")}


def node_event(text: str, parent=None, role: str | None = None, **more):
    """The event of a node with this text behind `parent` (an event), hashed as the reference does."""
    role = role or ("assistant" if parent and parent["node"]["bucket"]["role"] == "user" else "user")
    above = parent["node"]["hash"] if parent else None
    hashed = {"content": {"content": [{"is_error": False, "text": text, "type": "text"}], "model": "gpt-4o",
                          "provider": "openai", "role": role, "type": "message"}, "parent": above or ""}
    own = hashlib.sha256(json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                         .encode()).hexdigest()
    return {"schema": "tapes.node.v1", "root_hash": parent["root_hash"] if parent else own,
            "occurred_at": "2026-01-02T03:04:05.12345Z",
            "node": {"hash": own, "parent_hash": above,
                     "bucket": {"type": "message", "role": role, "content": [{"type": "text", "text": text}],
                                "model": "gpt-4o", "provider": "openai"}, "project": "e2e", **more}}


def chain(tag: str, length: int):
    made = []
    for i in range(length):
        made.append(node_event(f"{tag} {i}", made[-1] if made else None))
    return made


def hash_of(event) -> str:
    return event["node"]["hash"]


class Sender:
    """Puts events, or any bytes, onto a topic; returns when the broker has them."""

    def __init__(self, kafka, topic):
        from confluent_kafka import Producer
        self.topic = topic
        self.producer = Producer({"bootstrap.servers": kafka.address, "linger.ms": 1,
                                  "message.max.bytes": 30 << 20})

    def send(self, *events, key=None, headers=None):
        for event in events:
            raw = event if isinstance(event, bytes) else json.dumps(event).encode()
            name = key or (event["root_hash"] if isinstance(event, dict) else "key")
            self.producer.produce(self.topic, raw, name, headers=headers or [("event_type", b"tapes.node.v1")])
        assert self.producer.flush(20) == 0


def dead_records(kafka, topic, count: int):
    """The envelopes on `<topic>.dead`, with their headers."""
    from confluent_kafka import Consumer, TopicPartition
    consumer = Consumer({"bootstrap.servers": kafka.address, "group.id": f"dead-{topic}",
                         "enable.auto.commit": False})
    consumer.assign([TopicPartition(f"{topic}.dead", 0, 0)])
    found = []
    try:
        while len(found) < count:
            batch = consumer.consume(count - len(found), timeout=20)
            assert batch, f"{len(found)} dead letters where {count} were expected"
            found += [(json.loads(one.value()), {k: (v or b"").decode() for k, v in one.headers() or []})
                      for one in batch if not one.error()]
    finally:
        consumer.close()
    return found
