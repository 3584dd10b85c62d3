import { get, type Schemas } from "../../api/client";

export type Entry = Schemas["entry"];
export type Message = Schemas["message"];
export type Block = Schemas["block"];
export type Exchange = Schemas["exchange"];
export type Fork = Schemas["fork"];
export type Thread = Schemas["thread"];

export interface Page {
    entries: Entry[];
    next: string | null;
    /** Of the whole thread or chain. */
    turns: number;
}

export interface PageChoice {
    from: number;
    turns: number;
    cursor: string | null;
    /** Of the text of a block at most so many bytes are told. */
    textBytes?: number;
}

/** Turns are loaded by so many. */
export const chunk = 20;

/** Turns from one on. One more than is wanted: once it is there, the one before is whole. */
export function turnsFrom(from: number, turns: number): PageChoice {
    return { from, turns: turns + 1, cursor: null };
}

/** Where a transcript is read: a thread of a session, or the chain that ends with a node. */
export interface TranscriptSource {
    key: string;
    session: string | null;
    thread: number | null;
    page(choice: PageChoice, signal: AbortSignal): Promise<Page>;
}

function queryOf({ from, turns, cursor, textBytes }: PageChoice) {
    return {
        ...(cursor === null ? { from } : { cursor }),
        turns,
        ...(textBytes === undefined ? {} : { text_bytes: textBytes }),
    };
}

/** The thread that a parameter of the address names; null: none. */
export function threadOf(text: string | null): number | null {
    return text !== null && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : null;
}

/** The question for a part of a thread. Without a number it is the first main thread. */
export function threadQuestion(session: string, thread: number | null, dropped: boolean, choice: PageChoice) {
    return {
        path: { id: session },
        query: {
            ...queryOf(choice),
            ...(thread === null ? {} : { thread }),
            ...(dropped ? { dropped } : {}),
        },
    };
}

/** Without a number it is the first main thread. */
export function threadSource(session: string, thread: number | null, dropped: boolean): TranscriptSource {
    return {
        key: `s ${session} ${thread ?? ""}`,
        session,
        thread,
        page: (choice, signal) =>
            get("/v1/sessions/{id}/transcript", threadQuestion(session, thread, dropped, choice), signal),
    };
}

/** The number of answers in the chain up to a message, and the message's number in the store. */
export async function placeOf(hash: string, signal?: AbortSignal): Promise<{ answers: number; node: number }> {
    // No chain has so many turns: the page is empty, and only its head is wanted.
    const page = await get("/v1/chains/{hash}/transcript", { path: { hash }, query: { from: 1e15, turns: 1 } }, signal);
    return { answers: page.turns, node: page.node };
}

export function chainSource(hash: string): TranscriptSource {
    return {
        key: `n ${hash}`,
        session: null,
        thread: null,
        page: (choice, signal) =>
            get("/v1/chains/{hash}/transcript", { path: { hash }, query: queryOf(choice) }, signal),
    };
}
