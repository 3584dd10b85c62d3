import assert from "node:assert/strict";
import { test } from "node:test";
import { visible, visibleLine } from "../src/format/visible";

test("what turns the direction, is not seen, or controls a terminal is shown as an escape", () => {
    const cases: [string, string][] = [
        ["a\u202eb", "a\\u202eb"],
        ["\u2066x\u2069", "\\u2066x\\u2069"],
        ["\u001b[31mred", "\\u001b[31mred"],
        ["nul\u0000", "nul\\u0000"],
        ["\ufeff\u200b\u00ad", "\\ufeff\\u200b\\u00ad"],
        ["\u{e0041}", "\\u{e0041}"],
        ["\u2028", "\\u2028"],
    ];
    for (const [text, shown] of cases) assert.equal(visible(text), shown);
});

test("text of any script, tabs and line feeds stay as they are", () => {
    for (const text of ["a\tb\nc", "日本語", "שלום", "👩‍👩‍👧", "क्‍ष", "é"]) assert.equal(visible(text), text);
});

test("a joiner between ASCII characters is shown: it joins nothing there", () => {
    assert.equal(visible("pay\u200dpal"), "pay\\u200dpal");
});

test("one line has no line feeds and no runs of blanks", () => {
    assert.equal(visibleLine("  a\n\n b\t c "), "a b c");
});
