import type { components, paths } from "./types";

/** The shapes of the read API by their names in /openapi.json. */
export type Schemas = components["schemas"];

/** What the server refuses, as problem details (RFC 9457), or a network that gave no answer (status 0). */
export class Problem extends Error {
    constructor(
        readonly status: number,
        readonly detail: string,
        /** What an ambiguous ID may mean. */
        readonly candidates: Schemas["candidate"][] = [],
    ) {
        super(detail);
    }
}

type Gets = { [P in keyof paths]: paths[P] extends { get: infer G } ? (G extends undefined ? never : P) : never };
/** Paths that answer GET, as the document writes them: "/v1/sessions/{id}". */
export type GetPath = Exclude<Gets[keyof Gets], never>;
type Get<P extends GetPath> = paths[P] extends { get: infer G } ? G : never;
type Answers<G> = G extends { responses: { 200: { content: { "application/json": infer B } } } } ? B : never;
type In<G, Where extends string> = G extends { parameters: infer S }
    ? Where extends keyof S
        ? NonNullable<S[Where]>
        : Record<string, never>
    : Record<string, never>;

/** The body of a path's answer. */
export type Answer<P extends GetPath> = Answers<Get<P>>;
export interface Parameters<P extends GetPath> {
    path?: In<Get<P>, "path">;
    query?: In<Get<P>, "query"> | undefined;
}

/** Fills in a path's `{names}` and its query. */
export function pathOf<P extends GetPath>(path: P, parameters: Parameters<P> = {}): string {
    const values = (parameters.path ?? {}) as Record<string, string | number>;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? "")));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters.query ?? {})) {
        if (value !== undefined && value !== null && value !== "") query.append(name, String(value));
    }
    const text = query.toString();
    return text === "" ? filled : `${filled}?${text}`;
}

/** What was thrown, as something that can be told to the reader. */
export function asProblem(error: unknown): Problem {
    return error instanceof Problem ? error : new Problem(0, error instanceof Error ? error.message : String(error));
}

async function problemOf(answer: Response): Promise<Problem> {
    const body = (await answer.json().catch(() => null)) as { detail?: unknown; candidates?: unknown } | null;
    const detail = typeof body?.detail === "string" ? body.detail : `The server answered ${answer.status}.`;
    const candidates = Array.isArray(body?.candidates) ? (body.candidates as Schemas["candidate"][]) : [];
    return new Problem(answer.status, detail, candidates);
}

/** Called when the server wants to know who asks (401). */
let refused: () => void = () => {};
export function onRefused(listener: () => void): void {
    refused = listener;
}

/** Answers to questions that were asked before a view could ask them, by their addresses. Each is given once, and soon. */
const early = new Map<string, Promise<Response>>();
const longestWait = 10_000;
/** What they say, read when they came. */
const bodies = new WeakMap<Response, unknown>();

/** Asks what a view will ask first, while the code of that view is still on its way. */
export function askAhead<P extends GetPath>(path: P, parameters: Parameters<P> = {}): void {
    const address = pathOf(path, parameters);
    const answer = fetch(address, { credentials: "same-origin" }).then(async (response) => {
        if (response.ok) bodies.set(response, await response.json());
        return response;
    });
    answer.catch(() => {}); // told to who asks
    early.set(address, answer);
    setTimeout(() => early.delete(address), longestWait);
}

/** Resolves when every question that was asked ahead has its answer, or has failed. */
export async function answeredAhead(): Promise<void> {
    await Promise.allSettled(early.values());
}

/** The answer that was asked for early, else one that is asked for now. */
async function answerOf(address: string, options: RequestInit): Promise<Response> {
    const asked = options.method === undefined ? early.get(address) : undefined;
    early.delete(address);
    const answer = await (asked ?? fetch(address, { credentials: "same-origin", ...options }));
    options.signal?.throwIfAborted();
    return answer;
}

/** Sends a request to this server. Throws Problem for everything but 2xx; an abort passes through. */
export async function send(address: string, options: RequestInit = {}): Promise<Response> {
    let answer: Response;
    try {
        answer = await answerOf(address, options);
    } catch (error) {
        if (error instanceof DOMException && error.name === "AbortError") throw error;
        throw new Problem(0, "The server gives no answer. Does tapes still run?");
    }
    if (answer.ok) return answer;
    if (answer.status === 401) refused();
    throw await problemOf(answer);
}

/** Asks one question of the read API. */
export async function get<P extends GetPath>(
    path: P,
    parameters: Parameters<P> = {},
    signal?: AbortSignal,
): Promise<Answer<P>> {
    const answer = await send(pathOf(path, parameters), signal ? { signal } : {});
    return (bodies.has(answer) ? bodies.get(answer) : await answer.json()) as Answer<P>;
}
