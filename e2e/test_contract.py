"""docs/asyncapi.yaml against the records of a real run, and the consumers of docs/examples."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import uuid

import pytest

from harness import chat, messages
from harness.collector import Collector
from harness.records import Records
from harness.wire import wait_until

pytestmark = pytest.mark.kafka
ROOT = pathlib.Path(__file__).resolve().parent.parent
SPECS = ROOT / "e2e" / "node" / "node_modules" / "@asyncapi" / "specs"  # scripts/setup test
PLAIN = {"tapes.node.v1": "node", "tapes.exchange.v1": "exchange",
         "tapes.dead_letter.received.v1": "deadLetterReceived", "tapes.dead_letter.retried.v1": "deadLetterRetried",
         "tapes.dead_letter.discarded.v1": "deadLetterDiscarded"}


@pytest.fixture(scope="module")
def document():
    import yaml
    return yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())


def resolve(document, at):
    """What a reference within the document refers to."""
    while isinstance(at, dict) and "$ref" in at:
        path = at["$ref"]
        assert path.startswith("#/"), path
        at = document
        for step in path[2:].split("/"):
            assert step in at, f"{path} leads nowhere"
            at = at[step]
    return at


def references(at):
    if isinstance(at, dict):
        if "$ref" in at:
            yield at
        for value in at.values():
            yield from references(value)
    elif isinstance(at, list):
        for value in at:
            yield from references(value)


def validate(document, what, schema):
    from jsonschema import Draft7Validator
    problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
                for error in Draft7Validator({**schema, "components": document["components"]}).iter_errors(what)]
    assert not problems, "\n".join(problems)


def check(document, record, message: str):
    described = document["components"]["messages"][message]
    validate(document, record.body, described["payload"])
    validate(document, record.headers, described["headers"])
    validate(document, record.key, described["bindings"]["kafka"]["key"])
    assert record.headers["content-type"] == described["contentType"]


def problems_of(what, schema, registry=None):
    """Each problem with the innermost thing that is wrong, whichever alternative it was held against."""
    from jsonschema import Draft7Validator
    from referencing import Registry

    def innermost(error):
        return max((innermost(one) for one in error.context or ()), key=lambda one: len(one.absolute_path),
                   default=error)
    found = (innermost(one) for one in Draft7Validator(schema, registry=registry or Registry()).iter_errors(what))
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message[:300]}" for one in found]


def official(path):
    return json.loads((SPECS / path).read_text())


def test_document_is_what_asyncapi_says_one_is(document):
    schema = official("schemas/2.6.0.json")
    assert problems_of(document, schema) == []
    broken = json.loads(json.dumps(document))
    broken["components"]["messages"]["node"]["header"] = {}
    broken["channels"]["{topic}"]["subscribe"]["message"] = "node"
    assert len(problems_of(broken, schema)) == 2, "the schema tells a wrong document from a right one"


def test_bindings_are_what_asyncapi_says_of_kafka(document):
    from referencing import Registry
    from referencing.jsonschema import DRAFT7
    registry = Registry().with_resources((name, DRAFT7.create_resource(one))
                                         for name, one in official("schemas/3.0.0.json")["definitions"].items())
    found = [("channel", one["bindings"]["kafka"]) for one in document["channels"].values() if "bindings" in one]
    found += [("message", one["bindings"]["kafka"]) for one in document["components"]["messages"].values()]
    assert len(found) > len(document["components"]["messages"])
    for what, binding in found:
        schema = official(f"bindings/kafka/{binding['bindingVersion']}/{what}.json")
        assert problems_of(binding, schema, registry) == []
        assert problems_of({**binding, "kee": {}}, schema, registry) != []


def test_document_holds_together(document):
    """What no schema of AsyncAPI asks."""
    from jsonschema import Draft7Validator
    for one in references(document):
        assert set(one) == {"$ref"}
        resolve(document, one)
    used = set()
    for name, channel in document["channels"].items():
        assert set(re.findall(r"\{(\w+)\}", name)) == set(channel.get("parameters", {}))
        used.add(channel["subscribe"]["message"]["$ref"].rsplit("/", 1)[1])
    described = document["components"]["messages"]
    assert used == set(described), "each message has its channel"
    for message in described.values():
        assert resolve(document, message["headers"])["type"] == "object"
    for schema in document["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)
    operations = [channel["subscribe"]["operationId"] for channel in document["channels"].values()]
    assert len(set(operations)) == len(operations)


def test_every_type_of_event_and_every_header_is_in_the_document(document):
    types = "".join(header.read_text() for header in (ROOT / "include" / "tapes" / "event").glob("*.hpp"))
    known = set(re.findall(r'"(tapes\.[a-z_.]+\.v1)"', types))
    schemas = document["components"]["schemas"]
    assert known == set(schemas["eventType"]["enum"]) == set(PLAIN)
    assert known <= {message["name"] for message in document["components"]["messages"].values()}
    assert {name.replace("{prefix}", "") for name in document["channels"]} >= known - {"tapes.node.v1"}
    set_by_code = set()
    for path in (ROOT / "src" / "publish").glob("*.cpp"):
        set_by_code |= set(re.findall(r'extra(?:\.emplace_back\(|\s*=\s*\{\{)"([a-z_]+)"', path.read_text()))
    assert set_by_code <= set(schemas["eventHeaders"]["properties"])


def test_records_of_a_run_are_as_documented(proxy, mock, kafka, workspace, run, document):
    tag = uuid.uuid4().hex[:10]
    kafka.create_topic(f"{tag}.tiny", 1, **{"max.message.bytes": "300"})
    kafka.create_topic(f"{tag}.small", 6, **{"max.message.bytes": "20000"})
    (workspace / "config").mkdir()
    (workspace / "config" / "config.toml").write_text(f"""
[[publisher]]
name = "small"
brokers = "{kafka.address}"
topic = "{tag}.small"
topic_prefix = "{tag}."
events = ["tapes.node.v1", "tapes.exchange.v1"]

[[publisher]]
name = "tiny"
brokers = "{kafka.address}"
topic = "{tag}.tiny"
topic_prefix = "{tag}."
filter = {{ project = "for tiny" }}
""")
    first = proxy(mock, extra=("--project", "for small"))
    first.fetch(chat.turn("hi", stream=True, fields=b"X-Tapes-Agent-Name: codex\r\n"))
    first.fetch(chat.turn("a lot " * 20_000))
    first.fetch(messages.turn([{"role": "user", "content": "a question"}], stream=True))
    first.fetch(b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n")
    first.fetch(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 4\r\n\r\nnone")
    first.store.wait_exchanges(5)
    assert first.stop() == 0
    second = proxy(mock, extra=("--project", "for tiny"))
    second.fetch(chat.turn("never"))
    second.store.wait_exchanges(6)
    records = Records(kafka)
    nodes = records.read(f"{tag}.small", len(second.store.nodes()))
    ended = records.read(f"{tag}.tapes.exchange.v1", 6)
    dead = records.read(f"{tag}.tiny.dead", 2)
    received = records.read(f"{tag}.tapes.dead_letter.received.v1", 2)
    for found, message in ((nodes, "node"), (ended, "exchange"), (dead, "deadRecord"), (received, "deadLetterReceived")):
        for record in found:
            check(document, record, message)
    assert any("content_ref" in record.body["node"]["bucket"] for record in nodes)
    assert any("usage" in record.body["node"] for record in nodes)
    assert any("drop_reason" in record.body["exchange"] for record in ended)
    assert any(record.body["root_hash"] is None for record in ended)
    discarded, retried = (record.body["dead_letter"]["id"] for record in received)
    store = ("--sqlite", workspace / "tapes.sqlite", "--config-dir", workspace / "config")
    code, _, error = run("dlq", "discard", str(discarded), "--reason", "not needed", *store)
    assert code == 0, error
    raise_limit(kafka, f"{tag}.tiny")
    code, _, error = run("dlq", "retry", str(retried), *store)
    assert code == 0, error
    check(document, records.read(f"{tag}.tapes.dead_letter.discarded.v1", 1)[0], "deadLetterDiscarded")
    check(document, records.read(f"{tag}.tapes.dead_letter.retried.v1", 1)[0], "deadLetterRetried")
    again = records.read(f"{tag}.tiny", 1)[0]
    check(document, again, "node")
    assert again.headers["retry"]


def test_what_a_collector_cannot_take_is_announced_as_documented(binary, workspace, started, kafka, topic, document):
    from confluent_kafka import Producer
    sender = Producer({"bootstrap.servers": kafka.address})
    sender.produce(topic, key="one", value=b"\x00\xff garbage", headers={"event_type": "tapes.node.v1"})
    assert sender.flush(20) == 0
    started.append(Collector(binary, workspace, kafka, topic, settings={"publisher.topic_prefix": f"{topic}."}))
    check(document, Records(kafka).read(f"{topic}.dead", 1)[0], "deadRecord")
    told = Records(kafka).read(f"{topic}.tapes.dead_letter.received.v1", 1)[0]
    check(document, told, "deadLetterReceived")
    assert told.body["dead_letter"]["topic"] == topic and told.body["dead_letter"]["offset"] == 0


def raise_limit(kafka, topic: str):
    from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType)
    wanted = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
        ConfigEntry("max.message.bytes", "100000", incremental_operation=AlterConfigOpType.SET)])
    admin = AdminClient({"bootstrap.servers": kafka.address})  # it must outlive what it answers
    for done in admin.incremental_alter_configs([wanted]).values():
        done.result(20)


def example_command(name: str, workspace):
    source = ROOT / "docs" / "examples" / name
    if name.endswith(".py"):
        return [sys.executable, source]
    built = workspace / "consumer"
    line = re.search(r"^// (g\+\+ .*)$", source.read_text(), re.M).group(1).split()
    assert shutil.which("g++"), "no compiler"
    done = subprocess.run([{"consumer.cpp": str(source), "consumer": str(built)}.get(word, word) for word in line],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [built]


@pytest.mark.parametrize("name", ["consumer.py", "consumer.cpp"])
def test_example_shows_every_node_once(proxy, mock, kafka, workspace, name):
    topic = kafka.create_topic(f"tapes.{uuid.uuid4().hex[:12]}", 6, **{"max.message.bytes": "20000"})
    relay = proxy(mock, extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic))
    relay.fetch(chat.turn("small"))
    relay.fetch(chat.turn("large " * 5_000))
    relay.store.wait_exchanges(2)
    wait_until(lambda: relay.metric("tapes_cursor_lag_rows") == 0, what="all published")
    done = subprocess.run([*example_command(name, workspace), kafka.address, topic], capture_output=True, text=True,
                          timeout=120, env={**os.environ, "IDLE_SECONDS": "6", "PYTHONUNBUFFERED": "1",
                                            "TAPES_ADMIN": f"http://127.0.0.1:{relay.admin_port}",
                                            "TAPES_ADMIN_TOKEN": relay.token()})
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    for node in relay.store.nodes():
        assert any(node["hash"][:8] in line for line in lines)
    if name.endswith(".py"):
        assert any("large large" in line for line in lines), "content by reference was not fetched"
