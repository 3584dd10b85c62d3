import assert from "node:assert/strict";
import test from "node:test";
import { meanOf, readSamples, sampleOf } from "../src/format/prometheus";

const text = `# HELP tapes_cursor_lag_rows Log rows that a cursor has not passed.
# TYPE tapes_cursor_lag_rows gauge
tapes_cursor_lag_rows{cursor="kafka"} 3
tapes_publish_total{cursor="a \\"b\\" \\\\ c\\nd",result="failed"} 1
tapes_publish_total{cursor="kafka",result="delivered"} 4 1700000000
tapes_wal_bytes 9
tapes_commit_seconds_count 4
tapes_commit_seconds_sum 0.5
tapes_commit_seconds_bucket{le="+Inf"} 4
tapes_empty_seconds_count 0
tapes_empty_seconds_sum 0
limit +Inf
nothing NaN
no figure at all`;

test("figures are found by their names and labels", () => {
    const samples = readSamples(text);
    assert.equal(sampleOf(samples, "tapes_wal_bytes"), 9);
    assert.equal(sampleOf(samples, "tapes_cursor_lag_rows", { cursor: "kafka" }), 3);
    assert.equal(sampleOf(samples, "tapes_publish_total", { result: "delivered" }), 4);
    assert.equal(sampleOf(samples, "tapes_publish_total", { cursor: 'a "b" \\ c\nd' }), 1);
    assert.equal(sampleOf(samples, "limit"), Infinity);
    for (const name of ["nothing", "no", "tapes_cursor"]) assert.equal(sampleOf(samples, name), null);
});

test("the mean of a histogram is its sum by its count", () => {
    const samples = readSamples(text);
    assert.equal(meanOf(samples, "tapes_commit_seconds"), 0.125);
    assert.equal(meanOf(samples, "tapes_empty_seconds"), null);
    assert.equal(meanOf(samples, "tapes_other_seconds"), null);
});
