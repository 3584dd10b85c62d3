"""What a store has of conversations: roots, forks, and the chain of each."""
from collections import defaultdict

from harness.store import texts
from harness.wire import TIMEOUT, wait_until


class Shape:
    """The nodes and the turns of a store, as they are now."""

    def __init__(self, store):
        self.store = store
        self.nodes = {node["hash"]: node for node in store.nodes()}
        self.turns = [row for row in store.exchanges() if row["head_hash"]]
        self._children = defaultdict(list)
        for node in self.nodes.values():
            self._children[node["parent_hash"]].append(node)

    @property
    def roots(self):
        return self._children[None]

    @property
    def forks(self):
        """The nodes that more than one node stands on."""
        return [self.nodes[parent] for parent, children in self._children.items() if parent and len(children) > 1]

    def chain(self, head: str):
        """The nodes from the root to `head`."""
        chain = []
        while head is not None:
            chain.append(self.nodes[head])
            head = chain[-1]["parent_hash"]
        return chain[::-1]

    def told(self) -> str:
        """All of it, for the message of a test that fails."""
        lines = []

        def tell(node, depth):
            text = texts([node])[0][1].replace("\n", "⏎")
            kinds = ",".join(block.get("type", "?") for block in node["content"])
            short = text if len(text) < 110 else text[:70] + " … " + text[-40:]
            lines.append(f"{'  ' * depth}{node['hash'][:8]} {node['role']} [{kinds}] {len(text)}: {short}")
            children = self._children[node["hash"]]
            for child in children:
                tell(child, depth + (len(children) > 1))
        for root in self.roots:
            tell(root, 0)
        for row in self.store.exchanges():
            lines.append(f"{row['seq']} {row['method']} {row['path']} {row['status']} session={row['session']} "
                         f"end={row['end_reason']} drop={row['drop_reason']} head={(row['head_hash'] or '')[:8]}")
        return "\n".join(lines)


def shape_of(store, turns: int) -> Shape:
    """The shape once this many turns are stored: what broke off may be noticed after later turns."""
    def enough():
        shape = Shape(store)
        return shape if len(shape.turns) >= turns else None
    try:
        shape = wait_until(enough, TIMEOUT, f"{turns} turns", every=0.1)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{Shape(store).told()}") from None
    assert len(shape.turns) == turns, shape.told()
    return shape


def one_chain(store, turns: int | None = None, other_roots: int = 0):
    """Asserts one root (beside `other_roots` of the client's own) and no fork; the chain that ends with the last turn."""
    shape = Shape(store)
    assert len(shape.roots) == 1 + other_roots, shape.told()
    assert not shape.forks, shape.told()
    if turns is not None:
        assert len(shape.turns) == turns, shape.told()
    return shape.chain(shape.turns[-1]["head_hash"])
