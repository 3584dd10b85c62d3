import assert from "node:assert/strict";
import { test } from "node:test";
import { OutlineStore } from "../src/views/session/outline-store";
import type { Entry, Message, Page, PageChoice, TranscriptSource } from "../src/views/session/source";
import { TurnStore } from "../src/views/session/turns";

function message(turn: number, role: string, hash: string, text = "text"): Message {
    return {
        type: "message",
        role,
        turn,
        hash,
        node: turn,
        created_at: null,
        bytes: 10,
        more_blocks: 0,
        blocks: [{ kind: "text", type: "text", place: 0, text, text_bytes: text.length }],
    };
}

/** A server with as many turns, whose pages end after so many entries. */
class Server implements TranscriptSource {
    key = "test";
    session = null;
    thread = null;
    asked: PageChoice[] = [];
    constructor(
        public turns: number,
        readonly most = 1000,
        public branch = "",
    ) {}

    async page(choice: PageChoice): Promise<Page> {
        this.asked.push(choice);
        const [from, skip] =
            choice.cursor === null ? [choice.from, 0] : (choice.cursor.split("-").map(Number) as [number, number]);
        const all: Entry[] = [];
        const last = Math.min(this.turns, from + choice.turns - 1);
        for (let turn = from; turn <= last; ++turn)
            all.push(
                message(turn, "user", `q${turn}${this.branch}`),
                message(turn, "assistant", `a${turn}${this.branch}`),
            );
        if (last === this.turns) all.push(message(this.turns + 1, "user", "open"));
        const entries = all.slice(skip, skip + this.most);
        const end = skip + entries.length;
        const next = end < all.length ? `${from}-${end}` : last === this.turns ? null : `${last + 1}-0`;
        return { entries, next, turns: this.turns };
    }
}

test("turns are loaded around what is seen, whole, also where the server ends a page early", async () => {
    for (const most of [1, 7, 1000]) {
        const server = new Server(95, most);
        const store = new TurnStore(server);
        await store.whenAt(47);
        assert.deepEqual(store.keysOf(41), ["q41.0", "a41.0"]);
        assert.deepEqual(store.keysOf(60), ["q60.0", "a60.0"]);
        assert.equal(store.at(40), null);
        assert.equal(store.at(61), null);
        assert.equal(store.count, 96);
        assert.deepEqual((await store.whenAt(96))?.length, 1);
        assert.equal(await store.whenAt(97), null);
    }
});

test("a block is found by its key and by its message's hash", async () => {
    const store = new TurnStore(new Server(5));
    await store.whenAt(3);
    assert.equal(store.find("a3.0")?.turn, 3);
    assert.equal(store.find("a3")?.block.place, 0);
    assert.equal(store.find("a3.1"), null);
});

test("what is new is read at the end alone", async () => {
    const server = new Server(30);
    const store = new TurnStore(server);
    await store.whenAt(1);
    await store.whenAt(30);
    const first = store.at(2);
    server.turns = 32;
    server.asked = [];
    await store.refresh();
    assert.deepEqual(store.keysOf(32), ["q32.0", "a32.0"]);
    assert.equal(store.at(2), first);
    assert.deepEqual(
        server.asked.map((one) => one.from),
        [29],
    );
});

test("where the thread goes on from another branch, everything is read again", async () => {
    const server = new Server(30);
    const store = new TurnStore(server);
    await store.whenAt(1);
    server.branch = "x";
    await store.refresh();
    assert.equal(store.find("a2.0"), null);
    await store.whenAt(2);
    assert.equal(store.find("a2x.0")?.turn, 2);
});

test("who reads the beginning keeps it when something new comes at the end", async () => {
    const server = new Server(450);
    const store = new TurnStore(server);
    await store.whenAt(1);
    const first = store.at(2);
    server.turns = 451;
    await store.refresh();
    assert.equal(store.at(2), first);
    assert.deepEqual(store.keysOf(451), ["q451.0", "a451.0"]);
    assert.equal(store.at(100), null);
    server.branch = "x";
    const other = new TurnStore(server);
    await other.whenAt(1);
    server.branch = "y";
    await other.refresh();
    assert.equal(other.at(2), null);
});

test("an outline has the prompts of all pages, and goes on with what is new", async () => {
    const server = new Server(450, 301);
    const outline = new OutlineStore(server);
    await outline.read();
    assert.equal(outline.entries.length, 451);
    assert.equal(outline.head, "open");
    server.turns = 452;
    server.asked = [];
    await outline.read();
    assert.equal(outline.entries.length, 453);
    assert.equal(server.asked[0]?.from, 450);
    server.branch = "x";
    await outline.read();
    assert.ok(outline.entries.slice(0, -1).every((one) => one.key.includes("x")));
});
