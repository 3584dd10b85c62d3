"""Records of any topic, as bytes with key and headers."""
import json
import time
import uuid


class Record:
    def __init__(self, message):
        self.topic = message.topic()
        self.key = (message.key() or b"").decode()
        self.value = message.value()
        self.timestamp_ms = message.timestamp()[1]
        self.headers = {name: value.decode() for name, value in message.headers() or []}

    @property
    def body(self):
        return json.loads(self.value)


class Records:
    def __init__(self, kafka):
        self._address = kafka.address

    def read(self, topic: str, count: int, timeout: float = 30):
        """At least `count` records, from the beginning; waits for the topic as well."""
        from confluent_kafka import Consumer, KafkaError
        consumer = Consumer({"bootstrap.servers": self._address, "group.id": f"e2e-{uuid.uuid4()}",
                             "auto.offset.reset": "earliest", "enable.auto.commit": False,
                             "topic.metadata.refresh.interval.ms": 500, "receive.message.max.bytes": 120 << 20,
                             "fetch.message.max.bytes": 40 << 20})
        consumer.subscribe([topic])
        found, deadline = [], time.monotonic() + timeout
        try:
            while len(found) < count:
                assert time.monotonic() < deadline, f"only {len(found)} records on {topic}"
                for message in consumer.consume(100, timeout=0.2):
                    if message.error():
                        assert message.error().code() in (KafkaError._PARTITION_EOF,
                                                          KafkaError.UNKNOWN_TOPIC_OR_PART), message.error()
                        continue
                    found.append(Record(message))
            return found
        finally:
            consumer.close()
