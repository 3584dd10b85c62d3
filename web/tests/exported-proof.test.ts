import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInThisContext } from "node:vm";

/** The script that exported pages carry: plain JavaScript, so it is run as it stands. */
interface Proof {
    canonical(value: unknown): string;
    digest(text: string): Promise<string>;
    sha256(bytes: Uint8Array): string;
    nodeHash(node: unknown, parent: string): Promise<string>;
    verdict(node: unknown, index: number, nodes: unknown[]): Promise<string>;
}

interface GoldenNode {
    role: string;
    content: Record<string, unknown>[];
    hash: string;
}

interface Golden {
    chains: { model: string; provider: string; agent_name?: string; nodes: GoldenNode[] }[];
    numbers: { literal: string; hash: string }[];
}

const proof = runInThisContext(readFileSync("../src/export/html/proof.js", "utf8") + ";tapesProof") as Proof;
const golden = JSON.parse(readFileSync("../tests/data/golden-hashes.json", "utf8")) as Golden;

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("SHA-256 is that of FIPS 180-4, at every length around its blocks", () => {
    for (let length = 0; length < 260; ++length) {
        const bytes = randomBytes(length);
        assert.equal(proof.sha256(bytes), sha256(bytes), String(length));
    }
    const large = randomBytes(1_000_003);
    assert.equal(proof.sha256(large), sha256(large));
});

test("hashes are the same with and without crypto.subtle", async () => {
    for (const text of ["", "a", "\u00e9\u{1f98a}\u2028", "x".repeat(100_000)]) {
        assert.equal(await proof.digest(text), proof.sha256(new TextEncoder().encode(text)));
    }
});

test("the canonical form is that of RFC 8785", () => {
    const value = JSON.parse(
        '{"\\u20ac":"Euro","\\r":"CR","1":"One","\\u0080":"C","\\ud83d\\ude02":"Smiley","\\u00f6":"o","\\ufb33":"D","__proto__":1}',
    ) as unknown;
    assert.equal(
        proof.canonical(value),
        '{"\\r":"CR","1":"One","__proto__":1,"\u0080":"C","\u00f6":"o","\u20ac":"Euro","\ud83d\ude02":"Smiley","\ufb33":"D"}',
    );
    assert.equal(
        proof.canonical([1e21, -0, 1.0, 5e-324, true, null, "\b\u001f\u2028</script>"]),
        '[1e+21,0,1,5e-324,true,null,"\\b\\u001f\u2028</script>"]',
    );
});

test("hashes of nodes are those of the reference", async () => {
    let nodes = 0;
    for (const chain of golden.chains) {
        let parent = "";
        for (const node of chain.nodes) {
            const { model, provider, agent_name = "" } = chain;
            const { role, content } = node;
            assert.equal(await proof.nodeHash({ model, provider, agent_name, role, content }, parent), node.hash);
            parent = node.hash;
            ++nodes;
        }
    }
    assert.ok(nodes > 10);
});

test("a verdict names what does not hold", async () => {
    const chain = golden.chains.find((one) => one.nodes.length > 1)!;
    const nodes = chain.nodes.map((node, i) => ({
        node: i,
        parent: i === 0 ? null : i - 1,
        hash: node.hash as string | undefined,
        state: "whole",
        role: node.role,
        model: chain.model,
        provider: chain.provider,
        agent_name: chain.agent_name ?? "",
        content: node.content,
    }));
    const verdict = (index: number, change: object) => {
        const changed = nodes.map((node, i) => (i === index ? { ...node, ...change } : node));
        return proof.verdict(changed[index], index, changed);
    };
    for (const [i] of nodes.entries()) assert.equal(await verdict(i, {}), "proved");
    const other = "0".repeat(64);
    assert.match(await verdict(1, { hash: other }), /and the file says 0000/);
    assert.match(await verdict(1, { role: "system " }), /its content gives/);
    assert.match(await verdict(1, { agent_name: "another" }), /its content gives/);
    assert.match(await verdict(1, { node: 2 }), /does not stand where it says/);
    assert.match(await verdict(0, { parent: 1 }), /does not stand where it says/);
    assert.match(await verdict(0, { hash: "" }), /names no hash/);
    assert.equal(await verdict(0, { state: "redacted", content: [] }), "stated");
    // Behind a stand-in no hash may stand; a seal is computed as a hash is.
    const withheld = { ...nodes[0], hash: undefined, stand_in: other, state: "withheld" };
    assert.match(await proof.verdict(nodes[1], 1, [withheld, nodes[1]]), /behind one that is withheld/);
    const seal = await proof.nodeHash(nodes[1], other);
    const sealed = { ...nodes[1], hash: undefined, seal };
    assert.equal(await proof.verdict(sealed, 1, [withheld, sealed]), "proved");
});
