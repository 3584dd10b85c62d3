"use strict";
/* The proof of a conversation: each node's hash is computed again from what this file carries. It is the SHA-256
   (FIPS 180-4) of the canonical form (RFC 8785) of the node's content and of its parent's hash. No DOM here. */
const tapesProof = (() => {
    const roundConstants = new Uint32Array([
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ]);

    const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

    const turned = (word, by) => (word >>> by) | (word << (32 - by));

    /* One block of 64 bytes. */
    function compress(state, words, view, at) {
        for (let i = 0; i < 16; ++i) {
            words[i] = view.getUint32(at + 4 * i);
        }
        for (let i = 16; i < 64; ++i) {
            const low = words[i - 15];
            const high = words[i - 2];
            const first = turned(low, 7) ^ turned(low, 18) ^ (low >>> 3);
            const second = turned(high, 17) ^ turned(high, 19) ^ (high >>> 10);
            words[i] = words[i - 16] + first + words[i - 7] + second;
        }
        let [a, b, c, d, e, f, g, h] = state;
        for (let i = 0; i < 64; ++i) {
            const one = h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g));
            const sum = (one + roundConstants[i] + words[i]) | 0;
            const two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            [h, g, f, e, d, c, b, a] = [g, f, e, (d + sum) | 0, c, b, a, (sum + two) | 0];
        }
        [a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] += word));
    }

    /* For browsers that give a file no crypto.subtle. */
    function sha256(bytes) {
        const state = new Uint32Array([
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
        ]);
        const padded = new Uint8Array(((bytes.length + 8) >>> 6) * 64 + 64);
        padded.set(bytes);
        padded[bytes.length] = 0x80;
        const view = new DataView(padded.buffer);
        view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000));
        view.setUint32(padded.length - 4, bytes.length << 3);
        const words = new Uint32Array(64);
        for (let at = 0; at < padded.length; at += 64) {
            compress(state, words, view, at);
        }
        return hexOf(Array.from(state, (word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]).flat());
    }

    async function digest(text) {
        const bytes = new TextEncoder().encode(text);
        const subtle = globalThis.crypto?.subtle;
        return subtle ? hexOf(new Uint8Array(await subtle.digest("SHA-256", bytes))) : sha256(bytes);
    }

    /* RFC 8785: JSON.stringify writes strings and numbers as it says; names are sorted by UTF-16 code units. */
    function canonical(value) {
        if (Array.isArray(value)) {
            return "[" + value.map(canonical).join(",") + "]";
        }
        if (value !== null && typeof value === "object") {
            const members = Object.keys(value).sort();
            return "{" + members.map((name) => JSON.stringify(name) + ":" + canonical(value[name])).join(",") + "}";
        }
        return JSON.stringify(value);
    }

    const neverLeftOut = new Set(["type", "raw", "is_error"]);
    const saysNothing = new Set(['""', "{}", "null"]);

    /* A block as it is hashed: empty members are left out, is_error is always there. */
    function hashedBlock(block) {
        const whole = "is_error" in block ? block : { ...block, is_error: false };
        const members = Object.keys(whole)
            .sort()
            .map((name) => [name, canonical(whole[name])])
            .filter(([name, text]) => neverLeftOut.has(name) || !saysNothing.has(text));
        return "{" + members.map(([name, text]) => JSON.stringify(name) + ":" + text).join(",") + "}";
    }

    function hashedText(node, parent) {
        const text = JSON.stringify;
        const agent = node.agent_name ? '"agent_name":' + text(node.agent_name) + "," : "";
        return (
            '{"content":{' + agent + '"content":[' + node.content.map(hashedBlock).join(",") + '],"model":' +
            text(node.model) + ',"provider":' + text(node.provider) + ',"role":' + text(node.role) +
            ',"type":"message"},"parent":"' + parent + '"}'
        );
    }

    const nodeHash = (node, parent) => digest(hashedText(node, parent));

    /* What stands for a node in the hashes of its children: its hash; behind a node whose hash is withheld, the
       seal, which is computed in the same way from a stand-in; of that node itself the stand-in. */
    const valueOf = (node) => node.hash ?? node.seal ?? node.stand_in;

    /* "proved", "stated" (it cannot be computed, for something was taken out), or why it does not hold. */
    async function verdict(node, index, nodes) {
        const parent = node.parent === null ? null : nodes[node.parent];
        if (node.node !== index || (node.parent !== null && !(node.parent < index && parent))) {
            return "it does not stand where it says";
        }
        const value = valueOf(node);
        if (!/^[0-9a-f]{64}$/.test(value ?? "")) {
            return "it names no hash";
        }
        if (parent && parent.hash === undefined && node.hash !== undefined) {
            return "it names a hash behind one that is withheld";
        }
        if (node.state !== "whole") {
            return "stated";
        }
        const computed = await nodeHash(node, parent ? valueOf(parent) : "");
        return computed === value ? "proved" : "its content gives " + computed + ", and the file says " + value;
    }

    return { canonical, digest, hashedText, nodeHash, sha256, valueOf, verdict };
})();
