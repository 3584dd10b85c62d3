import { Problem, get, type Answer, type GetPath } from "./client";
import { addresses, addressOf } from "../route";

/** A session, an exchange or a node (a chain's last one). */
export interface Meaning {
    kind: "session" | "exchange" | "node";
    name: string;
    /** What it is, in words. */
    about: string;
    address: string;
}

const segments = { session: "s", exchange: "x", node: "n" } as const;

const hash = /^[0-9a-f]{64}$/i;
/** `@`, `@1`; an exchange's number; a beginning of a hash, a UUID or a name. */
const idLike = /^(@\d*|\d+|[0-9a-f-]{6,}|\S*\d\S*)$/i;

/** Whether text may be what `tapes show` takes. */
export function mayBeId(text: string): boolean {
    return idLike.test(text);
}

/** What one question found: an answer, or what an ambiguous name may mean. Other refusals than these are thrown. */
async function found<P extends GetPath>(asked: Promise<Answer<P>>, meaning: (answer: Answer<P>) => Meaning): Promise<Meaning[]> {
    try {
        return [meaning(await asked)];
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (error.status === 409) {
            return error.candidates.map(({ kind, name, about }) => ({ kind, name, about, address: addressOf([segments[kind], name]) }));
        }
        if (error.status === 404 || error.status === 400) return [];
        throw error;
    }
}

function sessionNamed(id: string, signal?: AbortSignal): Promise<Meaning[]> {
    return found<"/v1/sessions/{id}">(get("/v1/sessions/{id}", { path: { id } }, signal), (session) => ({
        kind: "session",
        name: session.name,
        about: session.title ?? "no title",
        address: addresses.session(session.name),
    }));
}

function exchangeNamed(id: string, signal?: AbortSignal): Promise<Meaning[]> {
    return found<"/v1/exchanges/{id}">(get("/v1/exchanges/{id}", { path: { id } }, signal), (exchange) => ({
        kind: "exchange",
        name: exchange.id,
        about: [exchange.model, exchange.status === null ? null : `status ${exchange.status}`].filter(Boolean).join(", "),
        address: addresses.exchange(exchange.id),
    }));
}

function nodeNamed(id: string, signal?: AbortSignal): Promise<Meaning[]> {
    return found<"/v1/nodes/{hash}/content">(get("/v1/nodes/{hash}/content", { path: { hash: id.toLowerCase() } }, signal), (node) => ({
        kind: "node",
        name: node.hash,
        about: [node.role, node.model].filter(Boolean).join(", "),
        address: addresses.node(node.hash),
    }));
}

/** What an ID may mean, as `tapes show` takes it: sessions first, then an exchange, then a node. */
export async function meaningsOf(id: string, signal?: AbortSignal): Promise<Meaning[]> {
    const text = id.trim();
    if (text === "") return [];
    const asked = [sessionNamed(text, signal)];
    if (!text.startsWith("@")) {
        if (/^[0-9a-f-]+$/i.test(text) && !hash.test(text)) asked.push(exchangeNamed(text, signal));
        if (hash.test(text)) asked.push(nodeNamed(text, signal));
    }
    return (await Promise.all(asked)).flat();
}
