import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldType, filterParameters, filterText, withFilter, type Filter } from "../src/ui/filter-list";

const project: Filter = { name: "project", label: "Project", kind: "text" };
const since: Filter = { name: "since", label: "Since", kind: "date" };
const errors: Filter = { name: "errors", label: "With errors", kind: "flag" };

test("only filters of the view go to the server, and only those that are set", () => {
    const query = new URLSearchParams("project=web&since=&chosen=x&marked=y&constructor=z");
    assert.deepEqual(filterParameters([project, since, errors], query), { project: "web" });
});

test("a filter that is set or taken away leaves the others as they are", () => {
    const query = new URLSearchParams("project=web&marked=a&marked=b");
    assert.equal(withFilter(query, "model", "x y").toString(), "project=web&marked=a&marked=b&model=x+y");
    assert.equal(withFilter(query, "project", null).toString(), "marked=a&marked=b");
    assert.equal(query.get("project"), "web");
});

test("a chip says what it filters by", () => {
    assert.equal(filterText(project, "web"), "Project: web");
    assert.equal(filterText(errors, "true"), "With errors");
    assert.equal(filterText(errors, "false"), "Not: With errors");
});

test("a time with an hour stays one: a field for dates would lose it", () => {
    assert.equal(fieldType(since, ""), "date");
    assert.equal(fieldType(since, "2026-01-31"), "date");
    assert.equal(fieldType(since, "2026-01-31T12:00:00Z"), "text");
    assert.equal(fieldType(project, "2026-01-31"), "text");
});
