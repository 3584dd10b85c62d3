import { get } from "./client";
import { addressOf } from "../route";

/** A session, an exchange or a node (a chain's last one). */
export interface Meaning {
    kind: "session" | "exchange" | "node";
    name: string;
    /** What it is, in words. */
    about: string;
    address: string;
}

const segments = { session: "s", exchange: "x", node: "n" } as const;

/** What an ID may mean, as `tapes show` takes it: a session's name, an exchange, a node's hash, or a beginning of one. */
export async function meaningsOf(id: string, signal?: AbortSignal): Promise<Meaning[]> {
    const name = id.trim();
    if (name === "") return [];
    const { candidates } = await get("/v1/names", { query: { name } }, signal);
    return candidates.map(({ kind, name: whole, about }) => ({
        kind,
        name: whole,
        about,
        address: addressOf([segments[kind], whole]),
    }));
}
