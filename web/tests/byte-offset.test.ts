import assert from "node:assert/strict";
import test from "node:test";
import { splitAtByte } from "../src/format/byte-offset";

test("a text is split where its UTF-8 has that many bytes", () => {
    const text = "aé你\u{1f600}z";
    const whole = new TextEncoder().encode(text);
    for (const at of [0, 1, 3, 6, 10, 11, 99]) {
        const [before, behind] = splitAtByte(text, at);
        assert.equal(before, new TextDecoder().decode(whole.subarray(0, at)));
        assert.equal(before + behind, text);
    }
});

test("no character is cut where an offset falls into it", () => {
    assert.deepEqual(splitAtByte("\u{1f600}z", 2), ["\u{1f600}", "z"]);
});
