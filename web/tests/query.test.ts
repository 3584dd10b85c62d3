import assert from "node:assert/strict";
import { test } from "node:test";
import { filterTerm, queryText, readQuery } from "../src/format/query";

const pairs = (typed: string) => readQuery(typed).map(({ filter, value }) => [filter, value]);

test("filters are told from words", () => {
    assert.deepEqual(pairs("parser role:user -tool:Bash"), [
        [null, "parser"],
        ["role", "user"],
        ["-tool", "Bash"],
    ]);
});

test("a value in quotes may hold spaces, and an end that is missing ends with the text", () => {
    assert.deepEqual(pairs('model:"two words" x'), [
        ["model", "two words"],
        [null, "x"],
    ]);
    assert.deepEqual(pairs('project:"not ended'), [["project", "not ended"]]);
});

test("other text with a colon, and all in quotes, is words", () => {
    for (const typed of [
        "std::move",
        "http://localhost:8080",
        '"role:user"',
        "role:",
        "-",
        "--x",
        '-"two words"',
        "constructor:x",
        "__proto__:y",
    ]) {
        assert.deepEqual(pairs(typed), [[null, typed]], typed);
    }
});

test("what was typed is written again as it was", () => {
    for (const typed of ['a "b c" -d e* OR f role:user', 'std::"x y" z', "数据库 库", 'model:"two words"', '"open']) {
        assert.equal(queryText(readQuery(typed)), typed);
    }
});

test("a filter that is added is read as it was given", () => {
    for (const value of ["web", "two words", 'with "quotes" in it', "a:b"]) {
        assert.deepEqual(pairs(filterTerm("project", value).text), [["project", value.replaceAll('"', "")]]);
    }
});

test("long texts are read in one go", () => {
    const typed = `${"a:".repeat(50_000)} ${'"'.repeat(50_001)} ${"-".repeat(50_000)}`;
    const before = Date.now();
    assert.equal(queryText(readQuery(typed)).length > 0, true);
    assert.ok(Date.now() - before < 2000);
});
