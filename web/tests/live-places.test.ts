import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartialAnswer } from "../src/api/live";
import { LiveAnswerStore } from "../src/views/session/live-answers";
import { callOf } from "../src/views/session/live-places";
import type { Block, Entry, Message, Thread } from "../src/views/session/source";

function call(id: string, given: unknown, cut = Infinity): Block {
    const text = JSON.stringify(given).slice(0, cut);
    return {
        kind: "tool_call",
        type: "tool_use",
        place: 0,
        text,
        text_bytes: text.length,
        tool: "Task",
        call_id: id,
        summary: "",
        results: [],
    };
}

function answer(...blocks: Block[]): Message {
    return {
        type: "message",
        role: "assistant",
        turn: 1,
        hash: "aa",
        node: 1,
        created_at: null,
        bytes: 0,
        blocks,
        more_blocks: 0,
    };
}

function thread(agent_id: string, call_id: string): Thread {
    const tokens = {
        input: 0,
        cache_read: 0,
        cache_write: 0,
        output: 0,
        reasoning: 0,
        cache_write_5m: 0,
        cache_write_1h: 0,
    };
    return {
        type: "thread",
        number: 2,
        kind: "subagent",
        title: null,
        model: null,
        agent_id,
        call_id,
        continues: null,
        turns: 1,
        first_at: null,
        last_at: null,
        tokens,
    };
}

const prompt = 'Read "a.cpp"\nand report.';
const transcript: Entry[] = [
    answer(call("c2", { prompt: "Read b.cpp" }), call("c1", { description: "Read", prompt })),
    thread("agent-1", "c0"),
];

test("an answer belongs to the call whose argument its history begins with", () => {
    const cases: [string, Parameters<typeof callOf>[0], string | null][] = [
        ["the whole prompt", { opening: [{ text: prompt, cut: false }] }, "c1"],
        ["its beginning", { opening: [{ text: prompt.slice(0, 14), cut: true }] }, "c1"],
        ["a beginning that is no whole argument", { opening: [{ text: prompt.slice(0, 14), cut: false }] }, null],
        [
            "behind what the client put there",
            {
                opening: [
                    { text: "<system-reminder>", cut: false },
                    { text: prompt, cut: false },
                ],
            },
            "c1",
        ],
        ["another question", { opening: [{ text: "Read c.cpp", cut: false }] }, null],
        ["a name of an argument", { opening: [{ text: "prompt", cut: false }] }, null],
        ["nothing known", {}, null],
        [
            "a thread of the same agent goes before",
            { agent_id: "agent-1", opening: [{ text: prompt, cut: false }] },
            "c0",
        ],
        ["an agent that an agent began", { agent_id: "agent-9", parent_agent_id: "agent-1" }, "c0"],
        ["an agent that nobody knows", { agent_id: "agent-9", parent_agent_id: "agent-8" }, null],
    ];
    for (const [name, asked, expected] of cases) assert.equal(callOf(asked, transcript), expected, name);
    const cut: Entry[] = [answer(call("c3", { prompt }, 20))];
    assert.equal(callOf({ opening: [{ text: prompt, cut: false }] }, cut), null);
});

function partial(exchange: string, text: string, more: Partial<PartialAnswer> = {}): PartialAnswer {
    const blocks = [{ place: 0, kind: "text", tool: null, text, offset: 0 }];
    return { exchange, api: "anthropic", started_at: "2026-01-01T00:00:00Z", bytes: 1, blocks, ...more };
}

test("answers stand within their calls once these are known, and at the end until then", () => {
    let known: Entry[] = [];
    const store = new LiveAnswerStore((asked, messages) => callOf(asked, [...messages, ...known]));
    store.take(partial("x1", "from the agent", { opening: [{ text: prompt, cut: false }] }));
    store.take(partial("x2", "from the main thread", { opening: [{ text: "Hello", cut: false }] }));
    assert.deepEqual(
        store.of(null).map((one) => one.exchange),
        ["x1", "x2"],
    );
    known = transcript;
    const main = store.of(null)[1];
    store.placeAnew();
    assert.deepEqual(
        store.of("c1").map((one) => one.exchange),
        ["x1"],
    );
    assert.equal(store.of(null)[0], main);
    // A later piece does not tell the beginning again.
    const list = store.of(null);
    store.take({
        ...partial("x1", "", {}),
        blocks: [{ place: 0, kind: "text", tool: null, text: ", more", offset: 14 }],
    });
    assert.equal(store.of("c1")[0]?.blocks[0]?.text, "from the agent, more");
    assert.equal(store.of(null), list);
    store.markStored("x1");
    assert.equal(store.one("x1")?.stored, true);
    store.end("x1");
    assert.equal(store.of("c1").length, 0);
});
