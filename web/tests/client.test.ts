import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { answeredAhead, askAhead, get, Problem } from "../src/api/client";

/** Answers each request with its address. */
function answering(status = 200) {
    const asked: string[] = [];
    mock.method(globalThis, "fetch", async (address: string) => {
        asked.push(address);
        return new Response(JSON.stringify({ name: address }), { status });
    });
    return asked;
}

test("what was asked ahead is asked once, and is given once", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const asked = answering();
    const one = { path: { id: "a b" } };
    askAhead("/v1/sessions/{id}", one);
    assert.deepEqual(asked, ["/v1/sessions/a%20b"]);
    assert.equal((await get("/v1/sessions/{id}", one)).name, "/v1/sessions/a%20b");
    assert.equal(asked.length, 1);
    await get("/v1/sessions/{id}", one);
    assert.equal(asked.length, 2);
    // What nobody has taken is an old answer.
    askAhead("/v1/sessions/{id}", one);
    mock.timers.tick(10_000);
    await get("/v1/sessions/{id}", one);
    assert.equal(asked.length, 4);
    mock.restoreAll();
    mock.timers.reset();
});

test("what was asked ahead is waited for, also where it fails", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    answering();
    askAhead("/v1/sessions/{id}", { path: { id: "one" } });
    await answeredAhead();
    let told = false;
    void get("/v1/sessions/{id}", { path: { id: "one" } }).then(() => (told = true));
    for (let turn = 0; turn < 20 && !told; ++turn) await Promise.resolve();
    assert.ok(told, "no task of the browser is between the question and the answer");
    mock.method(globalThis, "fetch", async () => Promise.reject(new TypeError("no network")));
    askAhead("/v1/sessions/{id}", { path: { id: "two" } });
    await answeredAhead();
    await assert.rejects(get("/v1/sessions/{id}", { path: { id: "two" } }), Problem);
    mock.restoreAll();
    mock.timers.reset();
});

test("a refusal and an abort are those of who asks", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    answering(404);
    askAhead("/v1/sessions/{id}", { path: { id: "gone" } });
    await assert.rejects(get("/v1/sessions/{id}", { path: { id: "gone" } }), (error) => {
        return error instanceof Problem && error.status === 404;
    });
    askAhead("/v1/sessions/{id}", { path: { id: "left" } });
    const stop = new AbortController();
    stop.abort();
    await assert.rejects(get("/v1/sessions/{id}", { path: { id: "left" } }, stop.signal), { name: "AbortError" });
    mock.restoreAll();
    mock.timers.reset();
});
