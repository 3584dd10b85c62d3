import assert from "node:assert/strict";
import { test } from "node:test";
import { keepOrder } from "../src/ui/calm-order";

const identity = (item: { name: string }) => item.name;
const named = (...names: string[]) => names.map((name) => ({ name }));

test("what is new above waits, and what is new below is added", () => {
    const { shown, waiting } = keepOrder(["b", "c"], named("a", "b", "c", "d"), identity);
    assert.deepEqual(shown.map(identity), ["b", "c", "d"]);
    assert.equal(waiting, 1);
});

test("what moved to the front stays where it is looked at, with its new value", () => {
    const items = [
        { name: "c", turns: 2 },
        { name: "a", turns: 1 },
        { name: "b", turns: 1 },
    ];
    const { shown, waiting } = keepOrder(["a", "b", "c"], items, identity);
    assert.deepEqual(shown, [items[1], items[2], items[0]]);
    assert.equal(waiting, 0);
});

test("what is gone is left out", () => {
    assert.deepEqual(keepOrder(["a", "b"], named("b"), identity).shown, named("b"));
});
