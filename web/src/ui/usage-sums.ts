import type { Schemas } from "../api/client";
import { dayAfter, isDay } from "../format/days";
import { allTokens } from "../format/figures";
import { addresses } from "../route";

export type Sums = Schemas["usage"];

/** What sums can be apart by. Tools have sums of their own. */
export const kinds = ["model", "day", "provider", "project", "agent", "session", "tool"] as const;
export type Kind = (typeof kinds)[number];
export type SumKind = Exclude<Kind, "tool">;

export const orders = ["cost", "tokens", "turns", "errors", "dropped"] as const;
export type Order = (typeof orders)[number];

function measure(row: Sums, order: Order): number {
    switch (order) {
        case "cost":
            return row.cost?.usd ?? -1;
        case "tokens":
            return allTokens(row.tokens);
        case "turns":
            return row.turns;
        case "errors":
            return row.errors;
        case "dropped":
            return row.dropped;
    }
}

/** Largest first; of what is equal, and has no price, that with more tokens. Days in their own order stand newest first. */
export function sorted(rows: readonly Sums[], kind: SumKind, order: Order | null): Sums[] {
    if (order === null && kind === "day")
        return [...rows].sort((left, right) => (right.day ?? "").localeCompare(left.day ?? ""));
    const by = order ?? "cost";
    return [...rows].sort(
        (left, right) => measure(right, by) - measure(left, by) || allTokens(right.tokens) - allTokens(left.tokens),
    );
}

/** Filters of the view as the list of exchanges takes them: the last day of usage is a whole one. */
export function exchangeFilters(set: Record<string, string>): Record<string, string> {
    const { until, ...rest } = set;
    return until === undefined ? rest : { ...rest, until: isDay(until) ? dayAfter(until) : until };
}

/** Where the exchanges behind a row stand, or null where no filter names them. */
export function evidence(
    row: Sums,
    kind: SumKind | null,
    set: Record<string, string>,
    only: Record<string, string> = {},
): string | null {
    const filters = exchangeFilters(set);
    if (kind === null) return addresses.exchanges({ ...filters, ...only });
    const value = row[kind];
    if (typeof value !== "string" || value === "") return null;
    if (kind === "session") return addresses.session(value);
    if (kind === "day") return addresses.exchanges({ ...filters, ...only, since: value, until: dayAfter(value) });
    return addresses.exchanges({ ...filters, ...only, [kind]: value });
}
