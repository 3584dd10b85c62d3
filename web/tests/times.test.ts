import assert from "node:assert/strict";
import { test } from "node:test";
import { between, duration, fullTime, shortTime } from "../src/format/times";

test("durations are told in the unit that fits, and never as 60 of the smaller one", () => {
    const cases: [number, string][] = [
        [0, "0 ms"],
        [999, "999 ms"],
        [1000, "1.0 s"],
        [9960, "10 s"],
        [999.6, "1.0 s"],
        [59_499, "59 s"],
        [59_500, "1 min 00 s"],
        [245_000, "4 min 05 s"],
        [7_800_000, "2 h 10 min"],
        [172_800_000, "2 days"],
    ];
    for (const [ms, text] of cases) assert.equal(duration(ms), text, String(ms));
});

test("what is no time is shown as it is", () => {
    assert.equal(fullTime("yesterday"), "yesterday");
    assert.equal(shortTime("<b>"), "<b>");
    assert.equal(between("yesterday", "2026-01-01T00:00:00Z"), null);
});

test("a time between is never negative, also where the clock was set back", () => {
    assert.equal(between("2026-01-01T00:00:00Z", "2026-01-01T00:00:01.5Z"), 1500);
    assert.equal(between("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"), 0);
    assert.equal(between(null, "2026-01-01T00:00:00Z"), null);
});

test("a time of another year names the year", () => {
    const now = new Date("2026-03-15T12:00:00");
    assert.match(shortTime("2025-12-31T12:00:00", now), /2025/);
    assert.doesNotMatch(shortTime("2026-02-01T12:00:00", now), /2026/);
    assert.doesNotMatch(shortTime("2026-03-15T08:00:00", now), /Mar/);
});
