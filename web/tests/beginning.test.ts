import assert from "node:assert/strict";
import { test } from "node:test";
import { beginningOf } from "../src/format/beginning";

test("a beginning takes no pair of surrogates apart", () => {
    assert.equal(beginningOf("ab", 5), "ab");
    assert.equal(beginningOf("abc", 2), "ab");
    assert.equal(beginningOf("a\u{1f600}b", 2), "a");
    assert.equal(beginningOf("a\u{1f600}b", 3), "a\u{1f600}");
});
