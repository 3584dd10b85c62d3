import assert from "node:assert/strict";
import test from "node:test";
import { preciseBetween, shortSpan } from "../src/format/precise";

test("the time between two times has microseconds", () => {
    assert.equal(preciseBetween("2026-11-29T12:12:56.879350Z", "2026-11-29T12:12:56.880258Z"), 0.908);
    assert.equal(preciseBetween("2026-11-29T12:12:56Z", "2026-11-29T12:12:57.5Z"), 1500);
    assert.equal(preciseBetween("2026-11-29T12:12:59.999999Z", "2026-11-29T12:13:00.000001Z"), 0.002);
    assert.equal(preciseBetween("2026-11-29T12:12:57Z", "2026-11-29T12:12:56Z"), 0);
    assert.equal(preciseBetween(null, "2026-11-29T12:12:56Z"), null);
    assert.equal(preciseBetween("no time", "2026-11-29T12:12:56Z"), null);
});

test("short spans have the digits that tell them apart", () => {
    assert.equal(shortSpan(0.431), "0.43 ms");
    assert.equal(shortSpan(8.06), "8.1 ms");
    assert.equal(shortSpan(10), null);
    assert.equal(shortSpan(0), null);
});
