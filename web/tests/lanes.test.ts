import assert from "node:assert/strict";
import test from "node:test";
import { Lanes, type Branch, type Entry } from "../src/views/tree/lanes";

function branch(node: number, level: number, above: number | null, more: Partial<Branch> = {}): Branch {
    return {
        type: "branch",
        level,
        last: true,
        above,
        first: node,
        node,
        hash: String(node).padStart(64, "0"),
        nodes: 2,
        turns: 1,
        role: "user",
        words: "words",
        model: null,
        first_at: null,
        last_at: null,
        current: false,
        branches: 0,
        cause: null,
        made_by: null,
        ...more,
    };
}

function thread(number: number, level: number, parent: number | null): Entry {
    const tokens = {
        input: 0,
        cache_read: 0,
        cache_write: 0,
        output: 0,
        reasoning: 0,
        cache_write_5m: 0,
        cache_write_1h: 0,
    };
    return {
        type: "thread",
        number,
        kind: parent === null ? "main" : "subagent",
        title: null,
        model: null,
        agent_id: null,
        call_id: null,
        turns: 1,
        first_at: null,
        last_at: null,
        tokens,
        level,
        parent,
        continues: null,
    };
}

/** A fork of three, in whose first branch a call began a thread. */
function example(): Lanes {
    const lanes = new Lanes();
    lanes.add([
        thread(1, 0, null),
        branch(2, 0, null, { branches: 3, current: true, cause: "retry" }),
        branch(4, 1, 2, { last: false }),
        thread(2, 2, 1),
        branch(6, 2, null),
        branch(8, 1, 2, { last: false }),
        branch(10, 0, 2, { current: true }),
    ]);
    return lanes;
}

test("a branch's line comes from its fork, that of a sub-agent from the branch with the call", () => {
    assert.deepEqual(
        example().places.map(({ from }) => from),
        [-1, 0, 1, 2, 3, 1, 1],
    );
});

test("branches of a fork are counted, others are not", () => {
    assert.deepEqual(
        example().places.map(({ number }) => number),
        [0, 0, 1, 0, 0, 2, 3],
    );
});

test("a fork's line goes by the rows between it and its last branch", () => {
    const lanes = example();
    assert.deepEqual(lanes.passesOf(2, false), [{ column: 0, current: true, calls: false }]);
    assert.deepEqual(lanes.passesOf(4, false), [{ column: 0, current: true, calls: false }]);
    assert.deepEqual(lanes.passesOf(6, false), []);
});

test("a line goes on to the end where branches are still to be loaded", () => {
    const lanes = new Lanes();
    lanes.add([branch(1, 0, null, { branches: 2 }), branch(2, 1, 1, { last: false })]);
    assert.equal(lanes.passesOf(1, true).length, 1);
    assert.equal(lanes.passesOf(1, false).length, 0);
    lanes.add([branch(3, 0, 1)]);
    assert.equal(lanes.isOpen(0), false);
    assert.equal(lanes.passesOf(1, true).length, 1);
});

test("a thread after another begins without a line", () => {
    const lanes = example();
    lanes.add([thread(3, 0, null), branch(12, 0, null)]);
    assert.deepEqual(
        lanes.places.slice(-2).map(({ from }) => from),
        [-1, 7],
    );
    assert.deepEqual(lanes.passesOf(7, false), []);
});
