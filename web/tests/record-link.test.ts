import assert from "node:assert/strict";
import { test } from "node:test";
import { admittedAddress } from "../src/ui/record-link";

test("links by http, https and mailto may be followed", () => {
    assert.equal(admittedAddress("https://example.com/a?b#c"), "https://example.com/a?b#c");
    assert.equal(admittedAddress("HTTP://EXAMPLE.com"), "http://example.com/");
    assert.equal(admittedAddress("mailto:a@example.com"), "mailto:a@example.com");
});

test("no other address may, however it is written", () => {
    const wrong = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\u0001javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://example.com/1",
        "/v1/sessions",
        "//example.com",
        "v1",
        "#a",
        "",
        "https:",
        "http://",
        "https:example.com",
        "ftp://example.com",
    ];
    for (const address of wrong) assert.equal(admittedAddress(address), null, JSON.stringify(address));
});
