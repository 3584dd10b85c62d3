import assert from "node:assert/strict";
import { test } from "node:test";
import { dayAfter, daysBetween, isDay } from "../src/format/days";

test("the day after the end of February and of the year is found", () => {
    assert.equal(dayAfter("2028-02-28"), "2028-02-29");
    assert.equal(dayAfter("2026-12-31"), "2027-01-01");
    assert.equal(dayAfter("2026-03-01", -1), "2026-02-28");
});

test("days without anything recorded stand between the others", () => {
    assert.deepEqual(daysBetween("2026-10-24", "2026-10-27"), ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"]);
    assert.deepEqual(daysBetween("2026-10-24", "2026-10-23"), []);
});

test("a clock that was wrong once does not make a list without end", () => {
    const days = daysBetween("0001-01-01", "2026-01-01");
    assert.equal(days.length, 2000);
    assert.equal(days.at(-1), "2026-01-01");
});

test("what is no day is not taken for one", () => {
    for (const text of ["", null, undefined, "2026-02-30", "2026-1-1", "7d", "2026-01-01T00:00:00Z"])
        assert.equal(isDay(text), false, String(text));
    assert.equal(isDay("2026-01-31"), true);
});
