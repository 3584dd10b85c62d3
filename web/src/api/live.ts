import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { get, type Schemas } from "./client";

/**
 * Live events (`GET /v1/events`, docs/reading.md "Live events"). The whole page shares one connection: a browser opens
 * six to a host at most, and each tab needs some for its questions.
 */

export type LiveExchange = Schemas["exchange"] & {
    row: number;
    committed_at: string;
    session: string;
    title: string | null;
    project: string | null;
    agent: string | null;
    hash: string | null;
    said: string | null;
    amended: boolean;
};
export type LiveNode = Schemas["message"] & { row: number; parent: string | null; exchange: string | null };
export interface PartialBlock {
    place: number;
    kind: string;
    tool: string | null;
    text: string;
    /** Where the text goes on, in bytes; 0: it begins anew. */
    offset: number;
}
export interface PartialAnswer {
    exchange: string;
    /** The exchange that has asked for it, where it goes on with this one. */
    answer_of?: string | null;
    api: string;
    started_at: string;
    bytes: number;
    blocks: PartialBlock[];
    cut?: boolean;
    over?: boolean;
    /** What filters look at, where it is known. */
    session?: string | null;
    project?: string | null;
    agent?: string | null;
    model?: string | null;
    /** Of a sub-agent, as the client names it, and who began it. */
    agent_id?: string | null;
    parent_agent_id?: string | null;
    /** Texts of the first message of its history, cut; only with the beginning of the answer. */
    opening?: { text: string; cut: boolean }[];
}

export interface LiveHandlers {
    exchange?: (event: LiveExchange) => void;
    node?: (event: LiveNode) => void;
    partial?: (event: PartialAnswer) => void;
    /** The log is another one, or events may have been missed: load again. */
    reset?: () => void;
}

export type LiveState = "connecting" | "open" | "lost";

const handlers = new Set<LiveHandlers>();
const watchers = new Set<(state: LiveState) => void>();
let source: EventSource | null = null;
let state: LiveState = "connecting";
let retry: ReturnType<typeof setTimeout> | null = null;
/** The id behind which to go on. EventSource does so by itself until it gives up; then a new one needs it. */
let last = "";
let pause = 1000;
let begun: () => void = () => {};
/** Resolves once what is committed from then on is told. */
export const liveBegan = new Promise<void>((resolve) => {
    begun = resolve;
});

function tell(now: LiveState): void {
    state = now;
    for (const watcher of watchers) watcher(now);
}

function parsed<T>(event: Event): T | null {
    const message = event as MessageEvent<string>;
    if (message.lastEventId) last = message.lastEventId;
    try {
        return JSON.parse(message.data) as T;
    } catch {
        return null;
    }
}

function open(): void {
    const after = last === "" ? "" : `&after=${encodeURIComponent(last)}`;
    const opened = new EventSource(`/v1/events?kinds=exchange,node,partial${after}`);
    source = opened;
    opened.addEventListener("open", () => {
        pause = 1000;
        tell("open");
    });
    opened.addEventListener("state", (event) => {
        begun();
        const value = parsed<{ reset: string | null }>(event);
        if (value?.reset) for (const handler of [...handlers]) handler.reset?.();
    });
    opened.addEventListener("exchange", (event) => {
        const value = parsed<LiveExchange>(event);
        if (value) for (const handler of [...handlers]) handler.exchange?.(value);
    });
    opened.addEventListener("node", (event) => {
        const value = parsed<LiveNode>(event);
        if (value) for (const handler of [...handlers]) handler.node?.(value);
    });
    opened.addEventListener("partial", (event) => {
        const value = parsed<PartialAnswer>(event);
        if (value) for (const handler of [...handlers]) handler.partial?.(value);
    });
    opened.addEventListener("error", () => {
        tell("lost");
        if (opened.readyState !== EventSource.CLOSED || retry !== null) return;
        // A refusal (503, 401) ends an EventSource for good. It does not tell which: the answer to a question does.
        opened.close();
        get("/v1/sessions", { query: { limit: 1 } }).catch(() => {});
        retry = setTimeout(() => {
            retry = null;
            if (source === opened) open();
        }, pause);
        pause = Math.min(pause * 2, 30_000);
    });
}

/** Begins to listen. */
export function startLive(): void {
    if (source === null) open();
}

/** Listens no more: the server does not let this browser read. */
export function stopLive(): void {
    if (retry !== null) clearTimeout(retry);
    retry = null;
    source?.close();
    source = null;
}

export function useLive(own: LiveHandlers): void {
    const latest = useRef(own);
    latest.current = own;
    // With the questions of the same view (load.ts), so that nothing is told in between.
    useLayoutEffect(() => {
        const entry: LiveHandlers = {
            exchange: (event) => latest.current.exchange?.(event),
            node: (event) => latest.current.node?.(event),
            partial: (event) => latest.current.partial?.(event),
            reset: () => latest.current.reset?.(),
        };
        handlers.add(entry);
        return () => {
            handlers.delete(entry);
        };
    }, []);
}

export function useLiveState(): LiveState {
    const [shown, setShown] = useState(state);
    useLayoutEffect(() => {
        setShown(state);
        watchers.add(setShown);
        return () => {
            watchers.delete(setShown);
        };
    }, []);
    return shown;
}
