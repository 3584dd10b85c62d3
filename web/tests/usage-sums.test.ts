import assert from "node:assert/strict";
import { test } from "node:test";
import { evidence, exchangeFilters, sorted, type Sums } from "../src/ui/usage-sums";

function sums(more: Partial<Sums>): Sums {
    const tokens = {
        input: 1,
        cache_read: 0,
        cache_write: 0,
        output: 0,
        reasoning: 0,
        cache_write_5m: 0,
        cache_write_1h: 0,
    };
    return {
        type: "usage",
        exchanges: 1,
        turns: 1,
        errors: 0,
        dropped: 0,
        without_usage: 0,
        tokens,
        cost: null,
        unpriced_models: [],
        ...more,
    };
}

const priced = (usd: number) => ({ usd, input: usd, cache_read: 0, cache_write: 0, output: 0, partial: false });

test("the exchanges of a day are those up to the next one", () => {
    assert.equal(evidence(sums({ day: "2026-12-31" }), "day", {}), "/x?since=2026-12-31&until=2027-01-01");
    assert.deepEqual(exchangeFilters({ since: "2026-01-01", until: "2026-01-31", model: "a" }), {
        since: "2026-01-01",
        until: "2026-02-01",
        model: "a",
    });
});

test("a row without a name leads nowhere, for no filter names what has none", () => {
    assert.equal(evidence(sums({ model: null }), "model", {}), null);
    assert.equal(evidence(sums({ model: "" }), "model", {}), null);
});

test("figures lead to the exchanges behind them, with the filters of the view", () => {
    assert.equal(
        evidence(sums({ model: "a b" }), "model", { project: "p" }, { errors: "true" }),
        "/x?project=p&errors=true&model=a+b",
    );
    assert.equal(evidence(sums({}), null, { project: "p" }, { dropped: "true" }), "/x?project=p&dropped=true");
    assert.equal(evidence(sums({ session: "a/b" }), "session", {}), "/s/a%2Fb");
});

test("the most expensive stands first, and what has no price last", () => {
    const rows = [
        sums({ model: "none" }),
        sums({ model: "cheap", cost: priced(0) }),
        sums({ model: "dear", cost: priced(2) }),
    ];
    assert.deepEqual(
        sorted(rows, "model", null).map((row) => row.model),
        ["dear", "cheap", "none"],
    );
});

test("days stand newest first, unless another order is asked for", () => {
    const rows = [sums({ day: "2026-01-01", turns: 5 }), sums({ day: "2026-01-02", turns: 1 })];
    assert.deepEqual(
        sorted(rows, "day", null).map((row) => row.day),
        ["2026-01-02", "2026-01-01"],
    );
    assert.deepEqual(
        sorted(rows, "day", "turns").map((row) => row.day),
        ["2026-01-01", "2026-01-02"],
    );
});
