import type { Schemas } from "../../api/client";

export type Letter = Schemas["letter"];

export const letterStates = ["pending", "scheduled", "retried", "discarded"] as const;
export type LetterState = (typeof letterStates)[number];

export const stateWords: Record<LetterState, string> = {
    pending: "waits for a person",
    scheduled: "is tried again when it is due",
    retried: "was delivered in the end",
    discarded: "was given up",
};

/** Chooses dead letters, by the names of the routes' parameters; the address has them, too. */
export interface LetterFilter {
    state?: LetterState;
    topic?: string;
    event_type?: string;
    source?: string;
}

export function filterOf(query: URLSearchParams): LetterFilter {
    const state = letterStates.find((one) => one === query.get("state"));
    const text = (name: string) => query.get(name) || undefined;
    const [topic, type, source] = [text("topic"), text("event_type"), text("source")];
    return {
        ...(state && { state }),
        ...(topic !== undefined && { topic }),
        ...(type !== undefined && { event_type: type }),
        ...(source !== undefined && { source }),
    };
}

/** "?state=pending&…" for a change; all letters are meant where nothing is chosen. */
export function changeQuery(filter: LetterFilter & { id?: number }, more: Record<string, string> = {}): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...filter, ...more }))
        if (value !== undefined) query.append(name, String(value));
    if (Object.keys(filter).length === 0) query.append("all", "true");
    return `?${query.toString()}`;
}

/** Where the event of a letter stands in the record: the exchange of its row, whose number the row has. */
export function exchangeOf(letter: Letter): string | null {
    return letter.seq !== undefined && /^tapes\.(node|exchange)\./.test(letter.event_type) ? String(letter.seq) : null;
}

export function isOpen(letter: Letter): boolean {
    return letter.state === "pending" || letter.state === "scheduled";
}
