import assert from "node:assert/strict";
import test from "node:test";
import { linesOf, unified, type Piece } from "../src/views/compare/lines";

function pieces(...texts: string[]): Piece[] {
    const changes = { "=": "same", "-": "removed", "+": "added" } as const;
    return texts.map((text) => ({ change: changes[text[0] as keyof typeof changes], text: text.slice(1), omitted: 0 }));
}

function shown(side: Piece[] | null): string | null {
    return side === null
        ? null
        : side
              .map(({ change, text }) => ({ same: text, removed: `-${text}-`, added: `+${text}+` })[change as "same"])
              .join("");
}

function table(...texts: string[]) {
    return linesOf(pieces(...texts)).map(({ left, right }) => [shown(left), shown(right)]);
}

test("a word that differs stands in its line on both sides", () => {
    assert.deepEqual(table("=one ", "-two", "+three", "= four\nfive"), [
        ["one -two- four", "one +three+ four"],
        ["five", "five"],
    ]);
});

test("lines that were added have nothing beside them", () => {
    assert.deepEqual(table("=a\n", "+b\nc\n", "=d"), [
        ["a", "a"],
        [null, "+b+"],
        [null, "+c+"],
        ["d", "d"],
    ]);
});

test("the lines that the same line feed ends belong together", () => {
    assert.deepEqual(table("-a\nb", "+c", "= end\nf"), [
        ["-a-", null],
        ["-b- end", "+c+ end"],
        ["f", "f"],
    ]);
});

test("a text of one side alone has lines on that side alone", () => {
    assert.deepEqual(table("-a\n\nb"), [
        ["-a-", null],
        ["", null],
        ["-b-", null],
    ]);
});

test("what is left out in between is a line of its own", () => {
    const lines = linesOf([
        { change: "same", text: "a\nb", omitted: 70 },
        { change: "same", text: "c", omitted: 0 },
        { change: "added", text: "d", omitted: 0 },
    ]);
    assert.deepEqual(
        lines.map(({ gap }) => gap),
        [0, 0, 70, 0],
    );
    assert.equal(lines[1]?.left?.[0]?.omitted, 0); // it is told once
});

test("no line is lost or made up", () => {
    const all = pieces("=x\ny ", "-1\n2\n3", "+4\n5", "=z\n\n", "+6\n", "-7\n", "=end");
    const text = (sides: string[]) =>
        all
            .filter(({ change }) => sides.includes(change))
            .map((piece) => piece.text)
            .join("")
            .split("\n")
            .filter(Boolean);
    const lines = linesOf(all);
    const side = (name: "left" | "right") =>
        lines.map((line) => line[name]?.map((piece) => piece.text).join("") ?? "").filter(Boolean);
    assert.deepEqual(side("left"), text(["same", "removed"]));
    assert.deepEqual(side("right"), text(["same", "added"]));
});

test("in one column what was removed stands before what was added", () => {
    const lines = unified(linesOf(pieces("=a\n", "-b\nc", "+d\ne", "=\nf")));
    assert.deepEqual(
        lines.map(({ change }) => change),
        ["same", "removed", "removed", "added", "added", "same"],
    );
    assert.deepEqual(
        lines.map(({ paired }) => paired),
        [false, true, true, true, true, false],
    );
});
