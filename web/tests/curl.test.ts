import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { curlCommand, printfOf, shellQuoted, type RecordedRequest } from "../src/format/curl";

/** What a shell makes of a command: the arguments that curl gets, and its standard input. */
function ran(
    command: string,
    shell = "/bin/sh",
    environment: Record<string, string> = {},
): { words: string[]; input: Buffer } {
    const asked = command.includes("@-");
    const script = `curl() { printf '%s\\0' "$@"; printf '\\0'; ${asked ? "cat" : ":"}; }\n${command}\n`;
    const out = execFileSync(shell, ["-s"], {
        input: script,
        env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C.UTF-8", ...environment },
        maxBuffer: 1 << 26,
    });
    const end = out.indexOf("\0\0");
    return { words: out.subarray(0, end).toString("utf8").split("\0"), input: out.subarray(end + 2) };
}

const shells = ["/bin/sh", "/bin/bash"];
const request = (changes: Partial<RecordedRequest>): RecordedRequest => ({
    method: "POST",
    url: "https://api.example.com/v1/messages?beta=true",
    fields: [{ name: "Content-Type", value: "application/json" }],
    body: new TextEncoder().encode("{}"),
    decoded: false,
    ...changes,
});
const bytes = (text: string) => new TextEncoder().encode(text);
const valueOf = (words: string[], option: string) => words[words.indexOf(option) + 1];

test("a text between quotes is that text for every shell", () => {
    for (const text of [
        "",
        "it's",
        "'",
        "''",
        '$HOME `id` \\ \\n "x" !!',
        "a\nb\tc",
        "-n",
        "é 你好 \u{1f600}",
        "%s%%",
    ]) {
        for (const shell of shells) {
            assert.equal(execFileSync(shell, ["-c", `printf %s ${shellQuoted(text)}`]).toString(), text);
        }
    }
});

test("printf writes any bytes", () => {
    const all = Uint8Array.from({ length: 1024 }, (_, at) => (at * 7) % 256);
    const digits = bytes("\u00017\u00008%d%%\\n'\\''");
    for (const shell of shells) {
        assert.deepEqual([...execFileSync(shell, ["-c", printfOf(all)])], [...all]);
        assert.deepEqual([...execFileSync(shell, ["-c", printfOf(digits)])], [...digits]);
    }
});

test("a body goes as it is, whatever is in it", () => {
    for (const text of ['{"a":"it\'s $HOME `x` \\\\ \\"q\\""}', "@file", "line\nline\n", '{"你":"好"}']) {
        const { words } = ran(curlCommand(request({ body: bytes(text) })));
        assert.equal(valueOf(words, "--data-raw"), text);
    }
    for (const body of [
        Uint8Array.of(0, 1, 255, 39, 92, 37, 10),
        bytes("bell\u0007"),
        bytes("\u202eabc"),
        new Uint8Array(300_000).fill(65),
    ]) {
        const made = ran(curlCommand(request({ body })));
        assert.equal(valueOf(made.words, "--data-binary"), "@-");
        assert.deepEqual([...made.input], [...body]);
    }
});

test("credentials are variables that must be set, one for each", () => {
    const command = curlCommand(
        request({
            url: "https://api.example.com/v1/x?key=redacted:0a1b2c3d&x=1",
            fields: [
                { name: "Authorization", value: "Bearer redacted:f9b97282" },
                { name: "x-api-key", value: "redacted:f9b97282" },
                { name: "Cookie", value: "a=redacted:11111111; b=redacted:22222222" },
            ],
            body: bytes('{"config":{"api_key":"redacted:33333333"}}'),
        }),
    );
    assert.ok(!command.includes("redacted:"));
    const secrets = { KEY: "k'ey", AUTHORIZATION: "$to ken", COOKIE: "one", COOKIE_2: "two", API_KEY: "in the body" };
    const { words } = ran(command, "/bin/sh", secrets);
    assert.equal(valueOf(words, "--url"), "https://api.example.com/v1/x?key=k'ey&x=1");
    assert.ok(words.includes("Authorization: Bearer $to ken"));
    assert.ok(words.includes("x-api-key: $to ken"));
    assert.ok(words.includes("Cookie: a=one; b=two"));
    assert.equal(valueOf(words, "--data-raw"), '{"config":{"api_key":"in the body"}}');
    assert.throws(() => ran(command, "/bin/sh", { ...secrets, KEY: "" }));
});

test("credentials in bytes that are no text are variables, too", () => {
    const body = Buffer.concat([Buffer.from([0]), Buffer.from('{"token":"redacted:33333333"}')]);
    const { input } = ran(curlCommand(request({ body: new Uint8Array(body) })), "/bin/sh", { TOKEN: "100%\\n" });
    assert.equal(input.toString("latin1"), '\0{"token":"100%\\n"}');
});

test("fields that concern the connection are left out, and curl adds none of its own", () => {
    const { words } = ran(
        curlCommand(
            request({
                fields: [
                    { name: "Host", value: "127.0.0.1" },
                    { name: "Content-Length", value: "2" },
                    { name: "Accept-Encoding", value: "gzip" },
                    { name: "Content-Encoding", value: "zstd" },
                    { name: "x-empty", value: "" },
                    { name: "x-line", value: "a\r\nb" },
                ],
                decoded: true,
            }),
        ),
    );
    assert.deepEqual(words.slice(2), [
        "--header",
        "x-empty;",
        "--header",
        "x-line: ab",
        "--header",
        "content-type:",
        "--compressed",
        "--data-raw",
        "{}",
    ]);
});

test("methods, brackets and dots in the address reach the server as they were", () => {
    const { words } = ran(
        curlCommand(request({ method: "GET", url: "http://h/a/../b[1]{2}", fields: [], body: "none" })),
    );
    assert.deepEqual(words, ["--globoff", "--path-as-is", "--url", "http://h/a/../b[1]{2}"]);
    assert.deepEqual(
        ran(curlCommand(request({ method: "DELETE", url: "http://h/", fields: [], body: "none" }))).words.slice(0, 2),
        ["--request", "DELETE"],
    );
    assert.equal(
        valueOf(ran(curlCommand(request({ body: { file: "it's.json" } }))).words, "--data-binary"),
        "@it's.json",
    );
});
