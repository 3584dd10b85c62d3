import assert from "node:assert/strict";
import { test } from "node:test";
import { allTokens, bytes, cost, count, dollars, inputTokens, percent, short } from "../src/format/figures";

const tokens = {
    input: 5,
    cache_read: 70,
    cache_write: 20,
    output: 9,
    reasoning: 4,
    cache_write_5m: 20,
    cache_write_1h: 0,
};

test("tokens are summed once: reasoning is a part of the output, lifetimes parts of what was written", () => {
    assert.equal(inputTokens(tokens), 95);
    assert.equal(allTokens(tokens), 104);
});

test("large figures have three digits at most and change their unit where they are rounded up to it", () => {
    const cases: [number, string][] = [
        [0, "0"],
        [999, "999"],
        [1000, "1.0k"],
        [9949, "9.9k"],
        [9951, "10k"],
        [999_400, "999k"],
        [999_500, "1.0M"],
        [1_234_567, "1.2M"],
        [999_500_000, "1.0G"],
        [4.5e12, "4500G"],
    ];
    for (const [value, text] of cases) assert.equal(short(value), text, String(value));
    assert.equal(count(1234567), "1,234,567");
});

test("bytes go by powers of 1024", () => {
    const cases: [number, string][] = [
        [0, "0 B"],
        [1023, "1,023 B"],
        [2 ** 20 - 1, "1.0 MiB"],
        [1024, "1.0 KiB"],
        [10_240, "10 KiB"],
        [60 * 2 ** 20, "60 MiB"],
        [3.5 * 2 ** 30, "3.5 GiB"],
    ];
    for (const [value, text] of cases) assert.equal(bytes(value), text, String(value));
});

test("a cost that is partial says so, and one that is not known is no zero", () => {
    assert.equal(cost(null), "–");
    const whole = { usd: 1.239, input: 0, cache_read: 0, cache_write: 0, output: 0, partial: false };
    assert.equal(cost(whole), "$1.24");
    assert.equal(cost({ ...whole, partial: true }), "$1.24+");
    assert.equal(cost({ ...whole, usd: 0 }), "$0");
    assert.equal(dollars(0.00001), "<$0.0001");
    assert.equal(dollars(0.00312), "$0.0031");
    assert.equal(dollars(12_345.6), "$12,346");
});

test("a share of nothing is no number", () => {
    assert.equal(percent(1, 0), "–");
    assert.equal(percent(1, 3), "33 %");
});
