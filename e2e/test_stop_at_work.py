"""A stop while a worker is at an exchange that takes long: it waits for that, but not for ever, and loses nothing."""
import gzip
import signal
import time

import pytest

from harness import chat
from harness.store import texts
from harness.wire import Answering, wait_until

LINES = 1_500_000  # seconds of work, and few bytes on the wire


def long_answer() -> bytes:
    """Events under another label: the relay does not watch them, and so they cost the worker alone."""
    said = chat.delta({"role": "assistant", "content": "long"}) + b"data: 1\n\n" * LINES
    return chat.answer(gzip.compress(said + chat.delta(finish="stop") + b"data: [DONE]\n\n", 1),
                       fields=b"Content-Encoding: gzip\r\n")


@pytest.mark.parametrize("signals", [1, 2])
def test_a_stop_at_long_work_ends_in_time_and_loses_nothing(proxy, upstream, run, workspace, signals):
    short = chat.answer(chat.completion("short"))
    relay = proxy(upstream(Answering(short, short, long_answer())),
                  settings={"record.ack": "none", "record.work_limit": "1h"})
    for text in ("first", "second", "takes long"):
        assert relay.fetch(chat.turn(text))[0].status == 200
    wait_until(lambda: relay.metric("tapes_exchanges_in_flight") == 1, what="the long one alone is left")
    longest = 15.0  # 10 s for the work, then its bytes, then the commit
    relay.signal(signal.SIGTERM)
    if signals == 2:
        relay.wait_for("stopping: ")
        time.sleep(0.2)
        assert relay.alive
        relay.signal(signal.SIGTERM)
        longest = 2.0
    begun = time.monotonic()
    assert relay.wait(longest + 20) == 0
    assert time.monotonic() - begun < longest
    relay.store.assert_balanced()
    totals = relay.store.totals()
    assert totals["accepted"] == 3 and totals.get("dropped.crash", 0) == 0
    rows = relay.store.exchanges()
    assert [row["drop_reason"] or "" for row in rows[:2]] == ["", ""]
    given_up = rows[2]["drop_reason"] == "work_limit"
    assert given_up or (signals == 1 and not rows[2]["drop_reason"])

    anew = workspace / "anew.sqlite"
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", anew, timeout=120)
    assert code == 0, out + err
    made = type(relay.store)(anew)
    heads = [row["head_hash"] for row in made.exchanges()]
    assert [texts(made.chain(head)) for head in heads] == [
        [("user", "first"), ("assistant", "short")], [("user", "second"), ("assistant", "short")],
        [("user", "takes long"), ("assistant", "long")]]
