import type { ComponentChildren } from "preact";
import { allTokens, count, percent } from "../format/figures";
import { visibleLine } from "../format/visible";
import { addresses } from "../route";
import { CacheShare, Cost, TokenBar, TokenCount } from "./figures";
import { withFilter } from "./filter-list";
import { evidence, type Order, type SumKind, type Sums } from "./usage-sums";

/** A figure that leads to what it is the sum of. */
function Figure({ to, children }: { to: string | null; children: ComponentChildren }) {
    return <td class="figure">{to === null ? children : <a href={to}>{children}</a>}</td>;
}

/** How many of them failed, and what part of all that is; nothing where none did. */
function Rate({ part, whole }: { part: number; whole: number }) {
    if (part === 0) return <span class="muted">0</span>;
    return (
        <span class="bad">
            {count(part)} <span class="rate">({percent(part, whole)})</span>
        </span>
    );
}

interface RowProps {
    row: Sums;
    kind: SumKind | null;
    set: Record<string, string>;
    most: number;
    name: ComponentChildren;
}

function Row({ row, kind, set, most, name }: RowProps) {
    const all = evidence(row, kind, set);
    const only = (filter: "errors" | "dropped") =>
        row[filter] === 0 ? null : evidence(row, kind, set, { [filter]: "true" });
    return (
        <tr>
            <th scope="row">{name}</th>
            <td class="usage-bar">
                <TokenBar tokens={row.tokens} most={most} />
            </td>
            <Figure to={all}>
                <Cost value={row.cost} />
            </Figure>
            <Figure to={all}>
                <TokenCount tokens={row.tokens} />
            </Figure>
            <td class="figure">
                <CacheShare tokens={row.tokens} />
            </td>
            <Figure to={all}>{count(row.turns)}</Figure>
            <Figure to={only("errors")}>
                <Rate part={row.errors} whole={row.exchanges} />
            </Figure>
            <Figure to={only("dropped")}>
                <Rate part={row.dropped} whole={row.exchanges} />
            </Figure>
        </tr>
    );
}

const columns: readonly (readonly [Order | null, string])[] = [
    ["cost", "Cost"],
    ["tokens", "Tokens"],
    [null, "Cached"],
    ["turns", "Turns"],
    ["errors", "Failed"],
    ["dropped", "No turn"],
];

const titles: Record<SumKind, string> = {
    model: "Model",
    day: "Day (UTC)",
    provider: "Provider",
    project: "Project",
    agent: "Agent",
    session: "Session",
};
const nameless: Record<SumKind, string> = {
    model: "no model named",
    day: "no day",
    provider: "no provider known",
    project: "no project",
    agent: "no agent named",
    session: "no session",
};

export interface UsageTableProps {
    kind: SumKind;
    rows: readonly Sums[];
    total: Sums;
    /** So many more there are, and how they come. */
    moreRows: number;
    onMore: (() => void) | null;
    order: Order | null;
    set: Record<string, string>;
    /** Of the address, for links that change it. */
    query: URLSearchParams;
}

/** Sums by one kind of name. Each name shows what belongs to it, each figure the exchanges behind it. */
export function UsageTable({ kind, rows, total, moreRows, onMore, order, set, query }: UsageTableProps) {
    const most = rows.reduce((so_far, { tokens }) => Math.max(so_far, allTokens(tokens)), 1);
    const shownOrder = order ?? (kind === "day" ? null : "cost");
    const nameOf = (row: Sums) => {
        const value = row[kind];
        if (typeof value !== "string" || value === "") return <span class="muted">{nameless[kind]}</span>;
        const text = visibleLine(value);
        const to =
            kind === "session"
                ? addresses.session(value)
                : kind === "day"
                  ? addresses.usage({ ...set, since: value, until: value, by: "model" })
                  : addresses.sessions() + "?" + withFilter(new URLSearchParams(), kind, value).toString();
        return (
            <a href={to} title={kind === "day" ? text : `Sessions of ${text}`} class="usage-name">
                {text}
            </a>
        );
    };
    return (
        <div class="scroll-x" tabIndex={0} role="region" aria-label={`Usage by ${kind}`}>
            <table class="usage-table">
                <caption class="hidden-visually">Usage by {kind}</caption>
                <thead>
                    <tr>
                        <th scope="col">{titles[kind]}</th>
                        <th scope="col" class="usage-bar">
                            <span class="hidden-visually">The four figures of tokens</span>
                        </th>
                        {columns.map(([name, words]) => (
                            <th
                                key={words}
                                scope="col"
                                class="figure"
                                aria-sort={name !== null && name === shownOrder ? "descending" : undefined}
                            >
                                {name === null ? (
                                    words
                                ) : (
                                    <a
                                        href={`/usage?${withFilter(query, "order", name).toString()}`}
                                        title={`The largest first, by ${words.toLowerCase()}`}
                                    >
                                        {words}
                                        {name === shownOrder && <span aria-hidden="true"> ↓</span>}
                                    </a>
                                )}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <Row key={row[kind] ?? ""} row={row} kind={kind} set={set} most={most} name={nameOf(row)} />
                    ))}
                </tbody>
                <tfoot>
                    <Row row={total} kind={null} set={set} most={most} name="All" />
                </tfoot>
            </table>
            {moreRows > 0 && onMore !== null && (
                <p>
                    <button type="button" onClick={onMore}>
                        Show more of {count(rows.length + moreRows)} rows
                    </button>
                </p>
            )}
            {moreRows > 0 && <p class="muted">{count(moreRows)} more rows are in the sum, but not shown.</p>}
        </div>
    );
}
