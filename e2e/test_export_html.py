"""Exported pages without a browser: what they carry, what they withhold, and taking them into a store again."""
import json
import random
import re
import string

import pytest

from harness import chat
from harness.api import wait_catalogue
from harness.store import Store
from harness.wire import Answering
from test_export import trailer_of

made = random.Random(11)
#: Made here, so that no scanner finds them in the sources. The first can be guessed, the second can not.
PASSWORD = "hunt" + "er2!"
TOKEN = "gh" + "p_" + "".join(made.choices(string.ascii_letters + string.digits, k=36))
NODE = re.compile(r'^<script type="application/json" class="node">(.*)</script>$', re.M)


def nodes_of(text):
    return [json.loads(line) for line in NODE.findall(text)]


@pytest.fixture
def talk(proxy, upstream, run):
    """A conversation of two turns whose second question is given, and its export: (process, its chain, file's text)."""
    def go(question, tmp_path, name="session_id: talk\r\n"):
        relay = proxy(upstream(Answering(chat.answer(chat.completion("First.")), chat.answer(chat.completion("Second.")),
                                         chat.answer(chat.completion("Third.")))))
        history = [{"role": "user", "content": "Begin <b>\u202e\x00\r\n</script>"}]
        relay.fetch(chat.turn(messages=history, fields=name.encode()))
        history += [{"role": "assistant", "content": "First."}, {"role": "user", "content": question}]
        relay.fetch(chat.turn(messages=history, fields=name.encode()))
        history += [{"role": "assistant", "content": "Second."}, {"role": "user", "content": "And then?"}]
        relay.fetch(chat.turn(messages=history, fields=name.encode()))
        rows = relay.store.wait_exchanges(3)
        wait_catalogue(relay, 3)
        file = tmp_path / "talk.html"
        code, out, err = run("export", "@", "--as", "html", "-o", file, "--sqlite", relay.store.path)
        assert code == 0 and out == "", err
        return relay, relay.store.chain(rows[2]["head_hash"]), file
    return go


def test_a_page_is_taken_into_another_store_with_the_same_hashes(talk, run, tmp_path):
    relay, chain, file = talk("What else?", tmp_path)
    assert [node["hash"] for node in nodes_of(file.read_text())] == [node["hash"] for node in chain]
    into = tmp_path / "other" / "new.sqlite"
    code, out, err = run("import", file, "--sqlite", into)
    assert (code, err) == (0, "") and "imported 6 nodes" in out
    copied = Store(into).chain(chain[-1]["hash"])
    for column in ("hash", "parent_hash", "role", "content", "model", "provider", "created_at", "stop_reason"):
        assert [node[column] for node in copied] == [node[column] for node in chain], column
    code, out, _ = run("verify", "--sqlite", into)
    assert code == 0, out
    # Again, and into the store that it came from, through the process that has it: nothing is new.
    for place in (into, relay.store.path):
        code, out, err = run("import", file, "--sqlite", place)
        assert code == 0 and "imported 0 nodes" in out and "6 were there already" in out, err


@pytest.mark.parametrize("change", ["text", "hash", "missing", "cut", "order"])
def test_a_page_whose_hashes_do_not_hold_is_refused_whole(talk, run, tmp_path, change):
    _, chain, file = talk("What else?", tmp_path)
    text = file.read_text()
    lines = [found for found in NODE.finditer(text)]
    third = lines[2].group()
    if change == "text":
        changed, wanted = text.replace(third, third.replace("What else?", "What elsE?")), f"the file says {chain[2]['hash']}"
    elif change == "hash":
        changed, wanted = text.replace(chain[2]["hash"], "0" * 64), f"give the hash {chain[2]['hash']}, and the file says 0000"
    elif change == "missing":
        changed, wanted = text.replace(third + "\n", ""), "node 2 (assistant) does not stand where it says"
    elif change == "cut":
        changed, wanted = text[:text.index('<script type="application/json" id="about">')], "its end is missing"
    else:
        changed = text.replace(third, "@").replace(lines[3].group(), third).replace("@", lines[3].group())
        wanted = "does not stand where it says"
    assert changed != text
    file.write_text(changed)
    into = tmp_path / "new.sqlite"
    code, out, err = run("import", file, "--sqlite", into)
    assert code == 1 and out == "" and wanted in err and str(file) in err, err
    assert not into.exists() or Store(into).nodes() == []


def test_what_could_be_guessed_is_withheld_with_all_hashes_behind_it(talk, run, tmp_path):
    relay, chain, file = talk(f"It is password = \"{PASSWORD}\", see?", tmp_path, name="x: y\r\n")
    text = file.read_text()
    nodes = nodes_of(text)
    assert [node["state"] for node in nodes] == ["whole", "whole", "withheld", "whole", "whole", "whole"]
    assert [next(name for name in ("hash", "seal", "stand_in") if name in node) for node in nodes] == \
        ["hash", "hash", "stand_in", "seal", "seal", "seal"]
    assert PASSWORD not in text and "[redacted: assigned-secret]" in text
    # From none of what is in the file can the password be tried: no hash from the node on, whole or in part, and no
    # name that is made of one, is in it.
    for node in chain[2:]:
        assert node["hash"][:12] not in text
    assert "assigned-secret: 1" in text or "assigned-secret 1" in text
    # What is withheld is the same in each file of this store.
    again = tmp_path / "again.html"
    assert run("export", "@", "--as", "html", "-o", again, "--sqlite", relay.store.path)[0] == 0
    assert again.read_text() == text
    # The nodes before are taken with their hashes, the others with those that what is left gives.
    into = tmp_path / "new.sqlite"
    code, out, err = run("import", file, "--sqlite", into)
    assert code == 0 and "imported 6 nodes" in out and "4 nodes from where something was taken out on" in out, err
    hashes = [node["hash"] for node in Store(into).nodes()]
    assert hashes[:2] == [node["hash"] for node in chain[:2]] and not set(hashes[2:]) & {node["hash"] for node in chain}
    assert run("verify", "--sqlite", into)[0] == 0
    # A seal that does not hold is refused as a hash is.
    file.write_text(text.replace("Second.", "SeconD."))
    code, _, err = run("import", file, "--sqlite", into)
    assert code == 1 and "node 3 (assistant) does not hold" in err


def test_what_nobody_can_guess_leaves_the_hashes(talk, run, tmp_path):
    relay, chain, file = talk(f"Use {TOKEN} for it", tmp_path)
    text = file.read_text()
    nodes = nodes_of(text)
    assert [node["state"] for node in nodes] == ["whole", "whole", "redacted", "whole", "whole", "whole"]
    assert [node["hash"] for node in nodes] == [node["hash"] for node in chain] and TOKEN not in text
    # The store that it came from knows the whole node: nothing is new there. Another one gets what is left.
    code, out, _ = run("import", file, "--sqlite", relay.store.path)
    assert code == 0 and "imported 0 nodes" in out
    code, out, _ = run("import", file, "--sqlite", tmp_path / "new.sqlite")
    assert code == 0 and "4 nodes from where something was taken out on" in out


LARGE = "x" * (9 << 20)


def test_a_node_of_more_than_8_mib_is_left_out_and_said_or_carried_where_that_is_wanted(talk, run, tmp_path):
    relay, chain, file = talk(LARGE, tmp_path)
    text = file.read_text()
    nodes = nodes_of(text)
    assert [node["state"] for node in nodes] == ["whole", "whole", "left_out", "whole", "whole", "whole"]
    assert len(text) < 200_000 and "The content of 1 node is not in this file: it has more than 8.4 MB" in text
    assert json.loads(re.search(r'id="about">(.*?)</script>', text).group(1))["left_out"] == 1
    code, _, err = run("export", "@", "--as", "html", "-o", file, "--sqlite", relay.store.path, timeout=180)
    assert code == 0 and "left out" in err and "--carry MB takes more in): 1" in err, err
    report = json.loads(relay.ask("/v1/exports/html/talk/report", 180)[2])
    assert [one["count"] for one in report["left_out"]] == [1] and "--carry" in report["left_out"][0]["thing"]
    assert trailer_of(relay, "/v1/exports/html/talk")["Tapes-Left-Out"].endswith(';count=1')
    # Carried, it is proved as the others are, and comes into another store.
    code, _, err = run("export", "@", "--as", "html", "--carry", "10", "-o", file, "--sqlite", relay.store.path, timeout=180)
    assert (code, err) == (0, "")
    text = file.read_text()
    assert [node["state"] for node in nodes_of(text)] == ["whole"] * 6 and "not in this file" not in text
    assert relay.ask("/v1/exports/html/talk?carry=10", 180)[2].decode() == text
    into = tmp_path / "new.sqlite"
    code, out, err = run("import", file, "--sqlite", into, timeout=180)
    assert (code, err) == (0, "") and "imported 6 nodes" in out
    assert {node["hash"] for node in Store(into).nodes()} == {node["hash"] for node in chain}
    file.write_text(text.replace('"text":"xxxxxxxx', '"text":"xxxxxxxy', 1))
    code, _, err = run("import", file, "--sqlite", tmp_path / "other.sqlite", timeout=180)
    assert code == 1 and "node 2 (user) does not hold" in err
    assert run("export", "@", "--as", "html", "--carry", "129", "--sqlite", relay.store.path, timeout=180)[0] == 2


def test_a_node_of_more_values_than_are_read_back_is_left_out_and_said(proxy, upstream, run, tmp_path):
    """What is carried can be imported: a page has no node of more than a million values, however much is carried."""
    relay = proxy(upstream(Answering(chat.answer(chat.completion("First.")))), settings={"record.budget_bytes": str(8 << 30)})
    for name, values in (("below", 999_000), ("beyond", 1_001_000)):
        relay.fetch(chat.turn(messages=[{"role": "user", "content": [{"type": "x_data", "data": [0] * values}]}],
                              fields=f"session_id: {name}\r\n".encode()))
    relay.store.wait_exchanges(2)
    wait_catalogue(relay, 2)
    for name, state in (("below", "whole"), ("beyond", "left_out")):
        file = tmp_path / f"{name}.html"
        code, _, err = run("export", name, "--as", "html", "--carry", "100", "-o", file, "--sqlite", relay.store.path, timeout=180)
        assert code == 0, err
        text = file.read_text()
        assert [node["state"] for node in nodes_of(text)] == [state, "whole"]
        assert ("more than a million values" in err) == ("more than a million values" in text) == (state == "left_out")
        code, out, err = run("import", file, "--sqlite", tmp_path / f"{name}.sqlite", timeout=180)
        assert (code, err) == (0, "") and "imported" in out
        # Behind what is left out, nodes get the hashes that what is left gives.
        same = {one["hash"] for one in Store(tmp_path / f"{name}.sqlite").nodes()} == {one["hash"] for one in nodes_of(text)}
        assert same == (state == "whole") == ("from where something was taken out on" not in out), out
        assert run("verify", "--sqlite", tmp_path / f"{name}.sqlite", timeout=180)[0] == 0


def test_markdown_names_no_hash(talk, run, tmp_path):
    relay, chain, _ = talk(f"It is password = \"{PASSWORD}\"", tmp_path, name="x: y\r\n")
    _, out, _ = run("export", "@", "--as", "markdown", "--sqlite", relay.store.path)
    assert not [node for node in chain if node["hash"][:8] in out]


def test_pages_that_are_none_are_named(run, tmp_path):
    for text, wanted in (("<!doctype html><p>x", "tapes"), ("", "tapes"),
                         ('<!doctype html>\n<html lang="en" data-tapes-export="1">\n', "its end is missing"),
                         ('<html lang="en" data-tapes-export="1">\n<script type="application/json" class="node">' + "[" * 100000, "no object")):
        file = tmp_path / "x.html"
        file.write_text(text)
        code, _, err = run("import", file, "--sqlite", tmp_path / "new.sqlite")
        assert code == 1 and wanted in err, err
