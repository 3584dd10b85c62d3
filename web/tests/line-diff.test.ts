import assert from "node:assert/strict";
import { test } from "node:test";
import { lineDiff, patchLines, type DiffLine } from "../src/views/session/line-diff";

const drawn = (lines: DiffLine[]) => lines.map((line) => line.sign + line.text);

test("lines that both texts have stay, and the others go and come", () => {
    assert.deepEqual(drawn(lineDiff("a\nb\nc\n", "a\nx\nc\n")), [" a", "-b", "+x", " c"]);
    assert.deepEqual(drawn(lineDiff("", "a\nb")), ["+a", "+b"]);
    assert.deepEqual(drawn(lineDiff("a\nb", "")), ["-a", "-b"]);
    assert.deepEqual(drawn(lineDiff("a\nb", "a\nb\n")), [" a", " b"]);
    assert.deepEqual(drawn(lineDiff("1\n2\n3\n4\n5", "2\n3\n9\n5\n6")), ["-1", " 2", " 3", "-4", "+9", " 5", "+6"]);
});

test("each side of a difference can be put together from it", () => {
    const texts = ["", "a", "a\nb\na\nb", "b\na\nb", "x\ny\nz", "a\nx\nb\ny", "b\nb\nb\na"];
    for (const before of texts) {
        for (const after of texts) {
            const lines = lineDiff(before, after);
            const side = (other: string) =>
                lines
                    .filter((line) => line.sign !== other)
                    .map((line) => line.text)
                    .join("\n");
            assert.equal(side("+"), before);
            assert.equal(side("-"), after);
        }
    }
});

test("very long texts are not compared line by line", () => {
    const many = (word: string) => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}`).join("\n");
    const lines = lineDiff(many("old"), many("new"));
    assert.equal(lines.length, 40_000);
    assert.equal(lines[0]?.sign, "-");
    assert.equal(lines[20_000]?.sign, "+");
});

test("a patch has its own signs, and its heads are no lines of files", () => {
    assert.deepEqual(drawn(patchLines("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n c\n")), [
        " --- a/x",
        " +++ b/x",
        " @@ -1 +1 @@",
        "-a",
        "+b",
        "  c",
    ]);
});
