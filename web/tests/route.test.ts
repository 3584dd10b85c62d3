import assert from "node:assert/strict";
import { test } from "node:test";
import { pathOf } from "../src/api/client";
import { addressOf, addresses } from "../src/route";

test("whatever a name holds stays in its segment of the address", () => {
    for (const name of ["a/b", "../x", "?q=1", "#code=1", "%2f", "javascript:alert(1)", "__proto__", "\u202e", "ü"]) {
        const url = new URL(addresses.session(name), "http://page");
        assert.equal(url.pathname.split("/").length, 3, name);
        assert.equal(decodeURIComponent(url.pathname.split("/")[2] ?? ""), name);
        assert.equal(url.search + url.hash, "", name);
    }
});

test("a name of dots alone names no folder above", () => {
    // URLs resolve such segments, also percent-encoded ones, so no address can hold them.
    assert.equal(new URL(addresses.session(".."), "http://page").pathname.startsWith("/s"), false);
});

test("parameters that say nothing are left out", () => {
    assert.equal(
        addressOf([], { project: "a&b=c", agent: "", since: null, until: undefined, turn: 0 }),
        "/?project=a%26b%3Dc&turn=0",
    );
    assert.equal(addresses.compare("chains", "a b", "c"), "/compare?kind=chains&left=a+b&right=c");
});

test("a path of the API is filled in with encoded values", () => {
    assert.equal(
        pathOf("/v1/sessions/{id}/transcript", { path: { id: "a/b?c" }, query: { thread: 2 } }),
        "/v1/sessions/a%2Fb%3Fc/transcript?thread=2",
    );
});
