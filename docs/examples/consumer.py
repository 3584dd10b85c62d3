#!/usr/bin/env python3
"""Prints the conversations on a topic of tapes, each node once: python3 consumer.py BROKERS TOPIC [GROUP].

pip install confluent-kafka. Ends after IDLE_SECONDS without a message, where that is set; else by Ctrl-C.
"""
import json
import os
import sys
import urllib.request

from confluent_kafka import Consumer, KafkaException


def content_of(bucket: dict) -> list:
    """The blocks of a node. What was too large for the topic is asked for at the proxy (TAPES_ADMIN)."""
    if "content" in bucket:
        return bucket["content"]
    admin = os.environ.get("TAPES_ADMIN", "http://127.0.0.1:8081")
    request = urllib.request.Request(f"{admin}/v1/nodes/{bucket['content_ref']['hash']}")
    if token := os.environ.get("TAPES_ADMIN_TOKEN"):
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["node"]["bucket"]["content"]


def show(event: dict):
    node = event["node"]
    text = " ".join(block.get("text", f"<{block['type']}>") for block in content_of(node["bucket"]))
    print(f"{event['root_hash'][:8]} {node['hash'][:8]} {node['bucket']['role']}: {text}", flush=True)


def main():
    brokers, topic = sys.argv[1], sys.argv[2]
    consumer = Consumer({
        "bootstrap.servers": brokers,
        "group.id": sys.argv[3] if len(sys.argv) > 3 else "tapes-example",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,         # an offset is committed after its event was dealt with
        "fetch.message.max.bytes": 33 << 20,  # topics of tapes take 32 MiB
    })
    consumer.subscribe([topic])
    idle, most = 0.0, float(os.environ.get("IDLE_SECONDS", "inf"))
    seen = set()  # delivery is at least once: in earnest this is a unique key of your database
    try:
        while idle < most:
            message = consumer.poll(0.5)
            if message is None:
                idle += 0.5
                continue
            if message.error():
                raise KafkaException(message.error())
            idle = 0.0
            headers = dict(message.headers() or [])
            event_id = headers.get("event_id", b"").decode()
            if headers.get("event_type") == b"tapes.node.v1" and event_id not in seen:
                show(json.loads(message.value()))
                seen.add(event_id)
            consumer.commit(message, asynchronous=False)
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
