"""Nodes of any size are told from where they stand: many readers of a large one take little memory."""
import concurrent.futures
import json
import pathlib

import pytest

from harness.api import wait_catalogue
from harness.large import bring_result, digest_of

SIZE = 60 << 20
READERS = 10
MOST_MORE = 100 << 20


def forget_peak(pid):
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5)


@pytest.fixture
def large(proxy, mock):
    """A process whose store has a node of SIZE bytes, and the node's hash."""
    relay = proxy(mock, settings={"record.wire": "all"})
    bring_result(relay, "result", SIZE)
    relay.store.wait_exchanges(1, timeout=120)
    wait_catalogue(relay, 1, timeout=120)
    return relay, relay.store.rows("SELECT hash FROM nodes ORDER BY length(content) DESC LIMIT 1")[0]["hash"]


@pytest.mark.parametrize("path,status,least", [
    ("/v1/nodes/{}", 200, SIZE), ("/v0.4/v1/sessions/{}", 200, SIZE), ("/v1/nodes/{}/content", 200, 1 << 20),
    ("/v1/nodes/{}/blocks/0", 413, 0)], ids=["event", "v0.4", "content", "block"])
def test_ten_readers_of_a_large_node_take_little_memory(large, path, status, least):
    relay, node = large
    path = path.format(node)
    first = digest_of(relay, path)
    assert first[0] == status and first[1] >= least
    forget_peak(relay.pid)
    before = relay.peak_rss_bytes()
    with concurrent.futures.ThreadPoolExecutor(READERS) as readers:
        answers = list(readers.map(lambda _: digest_of(relay, path), range(READERS)))
    assert answers == [first] * READERS
    more = relay.peak_rss_bytes() - before
    assert more <= MOST_MORE, f"{more >> 20} MiB more"


def test_a_large_node_is_told_whole_and_the_same(large):
    relay, node = large
    status, fields, body = relay.ask(f"/v1/nodes/{node}", 120)
    assert status == 200 and int(fields["Content-Length"]) == len(body)
    told = json.loads(body)
    assert told["node"]["hash"] == node and told["node"]["bucket"]["content"] == relay.store.node(node)["content"]
    status, fields, body = relay.ask(f"/v0.4/v1/sessions/{node}", 120)
    chain = json.loads(body)
    assert status == 200 and int(fields["Content-Length"]) == len(body)
    assert chain["depth"] == len(chain["turns"]) and chain["turns"][-1]["hash"] == node
    assert chain["turns"][-1]["bucket"] == told["node"]["bucket"]
    assert chain["turns"][-1]["created_at"] == told["occurred_at"]
    assert relay.ask(f"/v1/nodes/{node}", 120, method="HEAD")[2] == b""
