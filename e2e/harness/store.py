"""The store, read the way people do: through its documented views."""
import json
import os
import pathlib
import sqlite3
import stat

from .wire import wait_until


class Store:
    def __init__(self, path: pathlib.Path):
        self.path = path

    def rows(self, query: str, *values):
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()

    def exchanges(self, where: str = "1"):
        return self.rows(f"SELECT * FROM exchanges WHERE {where} ORDER BY started_at, id")

    def nodes(self, where: str = "1"):
        nodes = self.rows(f"SELECT * FROM nodes WHERE {where}")
        for node in nodes:
            node["content"] = json.loads(node["content"])
        return nodes


    def node(self, hash_: str):
        found = self.nodes(f"hash = '{hash_}'")
        assert len(found) == 1, (hash_, found)
        return found[0]

    def chain(self, head: str):
        """The nodes from the root to `head`."""
        by_hash = {node["hash"]: node for node in self.nodes()}
        chain = []
        while head is not None:
            assert head in by_hash, f"missing ancestor {head}"
            chain.append(by_hash[head])
            head = by_hash[head]["parent_hash"]
        return chain[::-1]

    def totals(self):
        return {row["name"]: row["value"] for row in self.rows("SELECT name, value FROM total")}

    def settled(self) -> int:
        totals = self.totals()
        return totals.get("recorded", 0) + sum(v for k, v in totals.items() if k.startswith("dropped."))

    def assert_balanced(self, in_flight: int = 0):
        totals = self.totals()
        assert totals.get("accepted", 0) == self.settled() + in_flight, totals

    def wait_exchanges(self, count: int, timeout: float = 30):
        """Until `count` exchanges are committed; they, in order of their start."""
        def enough():
            try:
                found = self.exchanges()
            except sqlite3.OperationalError:
                return None
            return found if len(found) >= count else None
        found = wait_until(enough, timeout, f"{count} exchanges in the store", every=0.03)
        assert len(found) == count, f"{len(found)} exchanges where {count} were expected"
        return found

    def only(self, timeout: float = 30):
        return self.wait_exchanges(1, timeout)[0]

    def files(self):
        return sorted(p for p in self.path.parent.iterdir() if p.is_file())

    def mode_of(self, path) -> int:
        return stat.S_IMODE(os.stat(path).st_mode)


def texts(chain):
    """(role, text of all text blocks) of each node."""
    return [(node["role"], "".join(block.get("text", "") for block in node["content"])) for node in chain]
