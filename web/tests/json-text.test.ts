import assert from "node:assert/strict";
import test from "node:test";
import { deepest, readJson, type JsonValue } from "../src/format/json-text";

/** The value as JSON text again, with `…` where the text ended. */
function written(value: JsonValue | null): string {
    if (value === null) return "nothing";
    switch (value.kind) {
        case "object":
            return `{${value.members.map((one) => `${JSON.stringify(one.name)}:${written(one.value)}`).join(",")}${value.whole ? "" : "…"}}`;
        case "array":
            return `[${value.items.map(written).join(",")}${value.whole ? "" : "…"}]`;
        case "string":
            return `${JSON.stringify(value.text)}${value.whole ? "" : "…"}`;
        case "literal":
            return value.text;
    }
}

test("members keep their order and their number, and numbers their digits", () => {
    for (const text of [
        '{"2":1,"1":2,"1":3}',
        '{"__proto__":{"a":1},"constructor":null}',
        "[12345678901234567890,1.10,-0,1e400]",
        '"x"',
        "{}",
        "[]",
        "[[[]]]",
        "true",
    ]) {
        assert.equal(written(readJson(text)), text);
    }
    assert.equal(written(readJson('\ufeff {"a" : [ 1 , "\\u00e9\\n" ] }\n')), '{"a":[1,"é\\n"]}');
});

test("a text that ends anywhere is told as far as it goes", () => {
    const whole = '{"a":[1,{"b":"c\\u00e9"}],"d":true}';
    for (let end = 1; end < whole.length; ++end)
        assert.notEqual(readJson(whole.slice(0, end)), null, whole.slice(0, end));
    assert.equal(written(readJson('{"a":[1,{"b":"c\\u00')), '{"a":[1,{"b":"c"……}…]…}');
    assert.equal(written(readJson('{"a":1,"b')), '{"a":1…}');
});

test("what is no JSON is told as none", () => {
    for (const text of ["data: {}", "<p>", "{a:1}", "[1 2]", "{} {}", "[1,]x", "nul]", '{"a" 1}', "01x", "undefined"]) {
        assert.equal(readJson(text), null, text);
    }
    assert.equal(readJson("["[0]!.repeat(deepest + 1)), null);
    assert.notEqual(readJson("["[0]!.repeat(deepest)), null);
});

test("time grows with the text", () => {
    const start = performance.now();
    readJson(`["${"\\u00e9 and a word".repeat(100_000)}"${',{"a":1}'.repeat(100_000)}`);
    assert.ok(performance.now() - start < 5_000);
});
