"""Work on an exchange that takes too long: it is given up, and nothing else waits for it."""
from harness import chat
from harness.wire import Answering


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
