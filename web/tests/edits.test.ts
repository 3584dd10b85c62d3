import assert from "node:assert/strict";
import { test } from "node:test";
import { editOf } from "../src/views/session/edits";

const edit = (tool: string, value: unknown) => editOf(tool, value, JSON.stringify(value));

test("the edits of Claude Code, OpenCode and Anthropic's text editor are pairs of texts", () => {
    const pairs = [{ before: "a", after: "b" }];
    assert.deepEqual(edit("Edit", { file_path: "/x.py", old_string: "a", new_string: "b" }), { file: "/x.py", pairs });
    assert.deepEqual(edit("edit", { filePath: "/x.py", oldString: "a", newString: "b" }), { file: "/x.py", pairs });
    assert.deepEqual(
        edit("str_replace_based_edit_tool", { command: "str_replace", path: "/x.py", old_str: "a", new_str: "b" }),
        { file: "/x.py", pairs },
    );
    assert.deepEqual(
        edit("MultiEdit", { file_path: "/x.py", edits: [{ old_string: "a", new_string: "b" }, "no edit"] }),
        { file: "/x.py", pairs },
    );
    assert.deepEqual(edit("insert", { path: "/x.py", new_str: "b" }), {
        file: "/x.py",
        pairs: [{ before: "", after: "b" }],
    });
});

test("a file that is written is its content, whatever else has a content", () => {
    assert.deepEqual(edit("Write", { file_path: "/x.py", content: "text" }), {
        file: "/x.py",
        pairs: [],
        content: "text",
    });
    assert.equal(edit("Send", { content: "text" }), null);
    assert.equal(edit("Read", { file_path: "/x.py" }), null);
});

test("patches of Codex are found as an argument, as the whole text, and within a command", () => {
    const patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch";
    assert.equal(edit("apply_patch", { input: patch })?.patch, patch);
    assert.equal(editOf("apply_patch", undefined, patch)?.patch, patch);
    assert.equal(edit("shell", { command: ["apply_patch", patch] })?.patch, patch);
    assert.equal(
        edit("shell", { command: ["bash", "-lc", `apply_patch <<'EOF'\n${patch}\nEOF`] })?.patch,
        `${patch}\nEOF`,
    );
    assert.equal(edit("shell", { command: ["cat", "patch"] }), null);
});

test("arguments of any shape, also with keys of prototypes, tell of no edit", () => {
    for (const text of [
        "null",
        "[]",
        "1",
        '"text"',
        '{"__proto__":{"file_path":"/x","content":"y"}}',
        '{"edits":[[]]}',
        '{"old_string":1}',
        '{"command":[1,null]}',
    ]) {
        assert.equal(editOf("Write", JSON.parse(text), text), null, text);
    }
});
