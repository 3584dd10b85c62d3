"""`tapes dlq` and `tapes cursor`: dead letters and cursors of a running proxy, of one that was killed, of none."""
import json
import subprocess
import time
import uuid

import pytest

from harness import chat
from harness.records import Records
from harness.wire import wait_until

pytestmark = pytest.mark.kafka


@pytest.fixture
def tapes(binary, workspace):
    """(exit code, stdout, stderr) of a command on the store of the workspace."""
    def go(*arguments, environment=None):
        done = subprocess.run(
            [binary, *map(str, arguments), "--sqlite", workspace / "tapes.sqlite", "--config-dir", workspace / "config"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, cwd=workspace,
            env={"HOME": str(workspace), **(environment or {})})
        return done.returncode, done.stdout, done.stderr
    return go


@pytest.fixture
def tiny(kafka):
    """A topic that takes no event of ours, and the flags of a proxy that publishes to it."""
    topic = kafka.create_topic(f"tiny-{uuid.uuid4().hex[:10]}", 1, **{"max.message.bytes": "300"})
    return topic, ("--kafka-brokers", kafka.address, "--kafka-topic", topic)


def listed(tapes, *arguments):
    code, out, error = tapes("dlq", "list", "--json", *arguments)
    assert code == 0, error
    return [json.loads(line) for line in out.splitlines()]


def wait_letters(tapes, count, *arguments):
    wait_until(lambda: len(listed(tapes, *arguments)) == count, timeout=30, what=f"{count} dead letters")
    return listed(tapes, *arguments)


def test_dead_letters_are_listed_shown_retried_and_discarded_through_the_running_process(proxy, mock, kafka, tiny,
                                                                                         tapes):
    topic, flags = tiny
    relay = proxy(mock, extra=flags, settings={"dead_letters.retry": "manual"})
    relay.fetch(chat.turn("hi"))
    first, second = sorted(wait_letters(tapes, 2, "--state", "pending"), key=lambda letter: letter["id"])
    assert {letter["event_id"] for letter in (first, second)} == {node["hash"] for node in relay.store.nodes()}
    assert first["topic"] == topic and first["source"] == "kafka" and first["attempts"] == 1
    code, out, _ = tapes("dlq", "list")
    assert code == 0 and topic in out and len(out.splitlines()) == 3
    code, out, _ = tapes("dlq", "show", first["id"])
    assert code == 0 and json.loads(out)["history"][0]["what"] == "received"
    assert tapes("dlq", "show", 99)[0] == 1

    # Refused again: kept, with one attempt more.
    code, out, error = tapes("dlq", "retry", first["id"])
    assert code == 0 and "1 dead letter: tried again now" in out, error
    wait_until(lambda: listed(tapes)[1]["attempts"] == 2, timeout=20, what="a second attempt")
    assert listed(tapes)[1]["state"] == "pending"

    kafka.raise_limit(topic)
    assert "2 dead letters: would be tried again" in tapes("dlq", "retry", "--topic", topic, "--dry-run")[1]
    assert tapes("dlq", "retry", "--topic", topic)[0] == 0
    records = Records(kafka).read(topic, 2)
    assert {record.headers["event_id"] for record in records} == {first["event_id"], second["event_id"]}
    assert sorted(record.headers["retry"] for record in records) == ["1", "2"]
    wait_letters(tapes, 2, "--state", "retried")
    wait_until(lambda: relay.metric("tapes_dead_letters") == 0, what="no open dead letter")
    relay.wait_metric('tapes_dead_letter_changes_total{change="retried"}', lambda count: count == 2)
    assert json.loads(tapes("dlq", "stats", "--json")[1])["retried"] == 2
    # What is done is not discarded.
    assert "0 dead letters: discarded" in tapes("dlq", "discard", "--all", "--reason", "late")[1]
    assert relay.stop() == 0
    assert tapes("verify")[0] == 0


def test_a_policy_retries_by_itself_over_kill_and_restart(proxy, mock, kafka, tiny, tapes):
    topic, flags = tiny
    how = {"dead_letters.policies": '["fast=1000 retries, 200ms"]', "dead_letters.retry_by_topic": f'["{topic}=fast"]',
           "dead_letters.sweep_interval": "100ms"}
    relay = proxy(mock, extra=flags, settings=how)
    relay.fetch(chat.turn("hi"))
    wait_until(lambda: any(letter["attempts"] > 2 for letter in listed(tapes)), timeout=30, what="retries")
    relay.kill()
    before = {letter["id"]: letter["attempts"] for letter in listed(tapes)}
    relay = proxy(mock, extra=flags, settings=how)
    wait_until(lambda: all(letter["attempts"] > before[letter["id"]] for letter in listed(tapes)), timeout=90,
               what="attempts that go on")
    kafka.raise_limit(topic)
    assert len(Records(kafka).read(topic, 2)) == 2
    wait_letters(tapes, 2, "--state", "retried")


def test_without_a_process_a_retry_waits_for_the_next_start(proxy, mock, kafka, tiny, tapes):
    topic, flags = tiny
    relay = proxy(mock, extra=flags, settings={"dead_letters.retry": "manual"})
    relay.fetch(chat.turn("hi"))
    wait_letters(tapes, 2, "--state", "pending")
    relay.kill()
    kafka.raise_limit(topic)
    code, out, error = tapes("dlq", "retry", "--all")
    assert code == 0 and "tried again when tapes runs" in out, error
    proxy(mock, extra=flags)
    assert len(Records(kafka).read(topic, 2)) == 2
    wait_letters(tapes, 2, "--state", "retried")


def test_wrong_use_says_what_would_be_right(proxy, mock, tiny, tapes, workspace):
    code, _, error = tapes("dlq", "list")
    assert code == 1 and f"store {workspace / 'tapes.sqlite'} does not exist" in error
    assert "does not exist" in tapes("dlq", "retry", "7")[2]
    relay = proxy(mock, extra=("--kafka-brokers", ""), settings={"admin.token": "secret-token"})
    relay.fetch(chat.turn("hi"))
    relay.store.wait_exchanges(1)
    code, _, error = tapes("dlq", "retry", "--all")
    assert code == 1 and "TAPES_ADMIN_TOKEN" in error and "secret-token" not in error
    assert tapes("dlq", "retry", "--all", environment={"TAPES_ADMIN_TOKEN": "secret-token"})[:2] == (
        0, "0 dead letters to try again\n")
    for change in (("retry",), ("discard", "--reason", "x")):
        code, _, error = tapes("dlq", *change, "7", "8")
        assert code == 1 and "there is no dead letter 7, 8" in error
    code, _, error = tapes("dlq", "retry")
    assert code == 2 and "--all" in error
    assert tapes("dlq", "discard", "1")[0] == 2
    assert tapes("dlq", "list", "--state", "dead")[0] == 2
    code, _, error = tapes("dlq", "list", "--since", "yesterday")
    assert code == 2 and "90m" in error
    assert relay.stop() == 0
    hidden = proxy(mock, admin=False)
    code, _, error = tapes("dlq", "retry", "--all")
    assert code == 1 and str(hidden.pid) in error and "admin.listen" in error


def test_a_cursor_is_listed_set_back_and_publishes_again(proxy, mock, kafka, tapes):
    topic = f"cursor-{uuid.uuid4().hex[:10]}"
    relay = proxy(mock, extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic))
    for number in range(3):
        relay.fetch(chat.turn(f"hi {number}"))
    assert len(Records(kafka).read(topic, 6)) == 6
    wait_until(lambda: relay.metric('tapes_cursor_lag_rows{cursor="kafka"}') == 0, what="no lag")

    def cursors():
        code, out, error = tapes("cursor", "list", "--json")
        assert code == 0, error
        return {one["name"]: one["seq"] for one in json.loads(out)["cursors"]}
    wait_until(lambda: cursors().get("kafka") == 3, what="a saved cursor")
    code, _, error = tapes("cursor", "set", "kafka", "99")
    assert code == 1 and "ends at row 3" in error
    code, _, error = tapes("cursor", "delete", "kafka")
    assert code == 1 and "running process" in error
    assert tapes("cursor", "set", "kafka", "2")[0] == 0
    assert len(Records(kafka).read(topic, 8)) == 8
    assert tapes("cursor", "reset", "kafka")[0] == 0
    records = Records(kafka).read(topic, 14)
    assert len({record.value for record in records}) == 6  # repeats are byte-equal
    relay.fetch(chat.turn("after"))
    assert len(Records(kafka).read(topic, 16)) == 16
    assert relay.stop() == 0
    # And with nobody running.
    assert tapes("cursor", "reset", "kafka")[0] == 0
    assert cursors()["kafka"] == 0
    assert tapes("cursor", "delete", "kafka")[0] == 0
    code, _, error = tapes("cursor", "delete", "kafka")
    assert code == 1 and "no cursor" in error
