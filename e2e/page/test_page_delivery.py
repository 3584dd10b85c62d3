"""What becomes of the record, in the browser: dead letters tried again and discarded, a broker that is gone and comes back."""
import uuid

import pytest

from harness import chat
from harness.records import Records
from harness.wire import wait_until

pytestmark = pytest.mark.kafka


def letters_in(one):
    """{id: its state, as the table says}"""
    return one.page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('.letters tbody tr')].map((row) =>
        [row.querySelector('.letter-name').innerText.trim(), row.querySelector('.chip').innerText.trim()]))""")


def test_dead_letters_are_tried_again_and_discarded(proxy, mock, kafka, tab):
    topic = kafka.create_topic(f"tiny-{uuid.uuid4().hex[:10]}", 1, **{"max.message.bytes": "300"})
    relay = proxy(mock, extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic),
                  settings={"dead_letters.retry": "manual"})
    relay.fetch(chat.turn("a question that is too large"))
    wait_until(lambda: relay.metric("tapes_dead_letters") == 2, 30, "two dead letters")
    one = tab(relay, now=None).open("/delivery")
    wait_until(lambda: letters_in(one) == {"1": "pending", "2": "pending"}, what="both letters in the table")

    # One is given up: a reason is wanted first, and what is written stands with the letter.
    one.page.get_by_role("button", name="Dead letter 1", exact=True).click()
    one.page.get_by_role("region", name="Dead letter 1").get_by_role("button", name="Discard…").click()
    dialog = one.page.get_by_role("dialog")
    submit = dialog.get_by_role("button", name="Discard", exact=True)
    assert submit.is_disabled()
    dialog.get_by_label("Reason").fill("nobody <b>waits</b> for it")
    submit.click()
    wait_until(lambda: letters_in(one).get("1") == "discarded", what="the first letter is discarded")
    one.wait_text("nobody <b>waits</b> for it")

    # The other is refused once more while its topic takes nothing of its size, then delivered.
    kafka.raise_limit(topic)
    one.page.get_by_role("button", name="Try all of these again…").click()
    one.page.get_by_role("dialog").get_by_role("button", name="Try again", exact=True).click()
    wait_until(lambda: letters_in(one).get("2") == "retried", 30, "the second letter is delivered")
    assert letters_in(one)["1"] == "discarded"
    assert len(Records(kafka).read(topic, 1)) == 1
    # The chips choose among them, and are the address.
    one.page.get_by_role("button", name="discarded 1").click()
    wait_until(lambda: set(letters_in(one)) == {"1"}, what="only what was discarded")
    assert "state=discarded" in one.address


def test_a_broker_that_is_gone_is_seen_to_lag_and_to_catch_up(proxy, mock, kafka, topic, tab):
    relay = proxy(mock, extra=("--kafka-brokers", kafka.address, "--kafka-topic", topic))
    relay.fetch(chat.turn("before"))
    wait_until(lambda: relay.metric("tapes_cursor_lag_rows") == 0, 30, "the first turn is published")
    one = tab(relay, now=None).open("/delivery")
    behind = """() => [...document.querySelectorAll('section[aria-labelledby=cursors] tbody tr')].map((row) =>
        [row.querySelector('th').innerText.trim(), row.querySelectorAll('td.figure')[1].innerText.trim()])"""
    one.until(f"() => ({behind})().some(([name, rows]) => name === 'kafka' && rows === '0')", what="nothing waits")
    kafka.stop()
    try:
        relay.fetch(chat.turn("during the outage"))
        one.until(f"() => ({behind})().some(([name, rows]) => name === 'kafka' && rows === '1')", what="a row waits")
    finally:
        kafka.start()
    wait_until(lambda: relay.metric("tapes_cursor_lag_rows") == 0, 60, "what waited is published")
    one.until(f"() => ({behind})().some(([name, rows]) => name === 'kafka' && rows === '0')", what="nothing waits any more")
