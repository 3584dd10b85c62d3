"""Work on an exchange that takes too long: it is given up, and nothing else waits for it."""
import json
import re

from harness import chat
from harness.wire import Answering, wait_until


def test_what_takes_too_long_is_given_up_and_made_later(proxy, upstream, run, workspace):
    relay = proxy(upstream(Answering(*[chat.answer(chat.completion("ok"))] * 3)),
                  settings={"record.work_limit": "1ms", "record.workers": "1"})
    for text in ("short", "x" * 8_000_000, "short again"):
        relay.fetch(chat.turn(text))
    rows = relay.store.wait_exchanges(3)
    assert sorted(row["drop_reason"] or "" for row in rows) == ["", "", "work_limit"]
    assert relay.metric('tapes_exchanges_dropped_total{reason="work_limit"}') == 1
    assert relay.admin("/readyz")[0] == 200
    relay.stop()
    anew = workspace / "anew.sqlite"
    code, out, err = run("rederive", "--sqlite", relay.store.path, "--to", anew)
    assert code == 0, err
    assert "3" in out and "work_limit" not in out
    code, out, err = run("exchange", "list", "--sqlite", anew)
    assert code == 0 and "work_limit" not in out, out + err


def test_readiness_tells_when_exchanges_wait_for_workers(proxy, upstream):
    """A disk on which each commit takes 6 s, and a budget that is full before: both workers wait for memory."""
    text = "x" * 400_000
    relay = proxy(upstream(Answering(*[chat.answer(chat.completion("ok"))] * 12)),
                  settings={"record.ack": "none", "record.budget_bytes": "2MiB", "record.workers": "2"},
                  environment={"TAPES_TEST_COMMIT_DELAY_MS": "6000"})
    for number in range(12):
        relay.fetch(chat.turn(f"{number} {text}"))
    assert relay.admin("/readyz")[0] == 200

    def reasons():
        status, body = relay.admin("/readyz")
        said = json.loads(body)
        assert (status == 200) == said["ready"] == (not said["reasons"])
        return said["reasons"]
    found = wait_until(reasons, timeout=15, what="not ready")
    assert len(found) == 1
    assert re.fullmatch(r"recording stands still: an exchange has waited for [5-9] s for a worker", found[0])
    assert relay.admin("/healthz")[0] == 200
    relay.kill()
