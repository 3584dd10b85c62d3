import assert from "node:assert/strict";
import { test } from "node:test";
import { markedPieces } from "../src/format/marks";

test("marks count code points, not UTF-16 units", () => {
    assert.deepEqual(markedPieces("😀😀 parser 🎉", [[3, 6]]), [
        { text: "😀😀 ", marked: false },
        { text: "parser", marked: true },
        { text: " 🎉", marked: false },
    ]);
});

test("no marks leave one piece, and no text leaves none", () => {
    assert.deepEqual(markedPieces("text", []), [{ text: "text", marked: false }]);
    assert.deepEqual(markedPieces("", [[0, 3]]), []);
});

test("marks in any order, one over another or beyond the end lose no text", () => {
    const text = "abcdefgh";
    for (const marks of [
        [[6, 9]],
        [
            [4, 2],
            [0, 2],
        ],
        [
            [0, 5],
            [2, 2],
        ],
        [[20, 3]],
        [[0, 0]],
        [[]],
    ]) {
        const pieces = markedPieces(text, marks);
        assert.equal(pieces.map((piece) => piece.text).join(""), text, JSON.stringify(marks));
    }
});
