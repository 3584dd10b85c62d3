import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveNode } from "../src/api/live";
import { CommittedNodes } from "../src/views/session/committed";

function node(hash: string, parent: string | null): LiveNode {
    return {
        type: "message",
        role: "user",
        turn: 1,
        hash,
        parent,
        node: 1,
        row: 1,
        exchange: null,
        created_at: null,
        bytes: 4,
        more_blocks: 0,
        blocks: [],
    };
}

function hashes(nodes: CommittedNodes, from: string, to: string): string[] {
    return nodes.between(from, to).map((one) => one.hash);
}

test("messages that lead from one to another are told in their order", () => {
    const nodes = new CommittedNodes();
    for (const [hash, parent] of [
        ["b", "a"],
        ["c", "b"],
        ["d", "c"],
        ["x", "b"],
    ] as const)
        nodes.take(node(hash, parent));
    assert.deepEqual(hashes(nodes, "a", "d"), ["b", "c", "d"]);
    assert.deepEqual(hashes(nodes, "b", "x"), ["x"]);
    assert.deepEqual(hashes(nodes, "d", "d"), []);
});

test("a chain that comes from elsewhere, or of which a part was not told, gives nothing", () => {
    const nodes = new CommittedNodes();
    nodes.take(node("root", null));
    nodes.take(node("child", "root"));
    nodes.take(node("far", "untold"));
    assert.deepEqual(hashes(nodes, "a", "child"), []);
    assert.deepEqual(hashes(nodes, "a", "far"), []);
    assert.deepEqual(hashes(nodes, "a", "unknown"), []);
});

test("nodes that lead in a circle end", () => {
    const nodes = new CommittedNodes();
    nodes.take(node("a", "b"));
    nodes.take(node("b", "a"));
    assert.deepEqual(hashes(nodes, "z", "a"), []);
});

test("only the newest are known", () => {
    const nodes = new CommittedNodes();
    for (let number = 1; number <= 600; ++number) nodes.take(node(`n${number}`, `n${number - 1}`));
    assert.deepEqual(hashes(nodes, "n599", "n600"), ["n600"]);
    assert.equal(hashes(nodes, "n100", "n600").length, 500);
    assert.deepEqual(hashes(nodes, "n99", "n600"), []);
});
