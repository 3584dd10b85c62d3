import { useState } from "preact/hooks";
import { useGet } from "../api/load";
import { useReloadWhenRecorded } from "../api/recorded";
import { count, inputTokens, percent } from "../format/figures";
import { visibleLine } from "../format/visible";
import { addressOf } from "../route";
import { DateRange } from "../ui/date-range";
import { FilterBar } from "../ui/filters";
import { filterParameters, withFilter, type Filter } from "../ui/filter-list";
import { Cost, TokenBar, TokenCount } from "../ui/figures";
import { LatencyTable } from "../ui/latency-table";
import { Loading, Nothing, Trouble } from "../ui/states";
import { namesBy } from "../ui/suggestions";
import { useTitle } from "../ui/title";
import { ToolTable } from "../ui/tool-table";
import { UsageChart } from "../ui/usage-chart";
import { evidence, exchangeFilters, kinds, orders, sorted, type Kind, type SumKind, type Sums } from "../ui/usage-sums";
import { UsageTable } from "../ui/usage-table";
import type { ViewProps } from "./view";

const filters: readonly Filter[] = [
    { name: "project", label: "Project", kind: "text", suggestions: namesBy("project") },
    { name: "agent", label: "Agent", kind: "text", suggestions: namesBy("agent") },
    { name: "model", label: "Model", kind: "text", suggestions: namesBy("model") },
    { name: "provider", label: "Provider", kind: "text", suggestions: namesBy("provider") },
    { name: "session", label: "Session", kind: "text" },
];
const range: readonly Filter[] = [
    { name: "since", label: "From", kind: "date" },
    { name: "until", label: "To", kind: "date" },
];

const reloadMs = 10_000;
/** There may be very many sessions: more are asked for on request, up to as many as the server tells. */
const rowsAtOnce = 200;
const mostRows = 10_000;

/** The sums of all of it, each with the exchanges behind it. */
function Totals({ total, set }: { total: Sums; set: Record<string, string> }) {
    const all = evidence(total, null, set) ?? "/x";
    const input = inputTokens(total.tokens);
    return (
        <dl class="usage-totals">
            <div>
                <dt>Cost</dt>
                <dd>
                    <a href={all}>
                        <Cost value={total.cost} />
                    </a>
                </dd>
            </div>
            <div class="usage-total-tokens">
                <dt>Tokens</dt>
                <dd>
                    <a href={all}>
                        <TokenCount tokens={total.tokens} />
                    </a>
                    <TokenBar tokens={total.tokens} />
                </dd>
            </div>
            <div>
                <dt>Input from a cache</dt>
                <dd>{percent(total.tokens.cache_read, input)}</dd>
            </div>
            <div>
                <dt>Turns</dt>
                <dd>
                    <a href={all}>{count(total.turns)}</a>
                </dd>
            </div>
            <div>
                <dt>Failed</dt>
                <dd>
                    <a href={evidence(total, null, set, { errors: "true" }) ?? "/x"}>
                        {percent(total.errors, total.exchanges)}
                    </a>
                </dd>
            </div>
            <div>
                <dt>No turn</dt>
                <dd>
                    <a href={evidence(total, null, set, { dropped: "true" }) ?? "/x"}>
                        {percent(total.dropped, total.exchanges)}
                    </a>
                </dd>
            </div>
        </dl>
    );
}

/** What the sums lack, by name. */
function Lacking({ total, set }: { total: Sums; set: Record<string, string> }) {
    const turns = total.unpriced_models.reduce((sum, { turns: some }) => sum + some, 0);
    if (turns === 0 && total.without_usage === 0) return null;
    const link = (model: string) => addressOf(["x"], { ...exchangeFilters(set), model });
    return (
        <div class="usage-lacking">
            {total.without_usage > 0 && (
                <p class="muted">
                    {total.without_usage === 1
                        ? "Of one turn the provider told no tokens; it is"
                        : `Of ${count(total.without_usage)} turns the provider told no tokens; they are`}{" "}
                    in no sum.
                </p>
            )}
            {turns > 0 && (
                <details>
                    <summary>
                        Costs with “+” lack {count(turns)} turns: the table of prices has none for{" "}
                        {total.unpriced_models.length === 1
                            ? "one model"
                            : `${count(total.unpriced_models.length)} models`}
                    </summary>
                    <ul>
                        {total.unpriced_models.map(({ model, turns: some }) => (
                            <li key={model}>
                                {model === "" ? "no model named" : <a href={link(model)}>{visibleLine(model)}</a>}:{" "}
                                {count(some)} {some === 1 ? "turn" : "turns"}
                            </li>
                        ))}
                    </ul>
                </details>
            )}
        </div>
    );
}

function Kinds({ shown, query }: { shown: Kind; query: URLSearchParams }) {
    return (
        <nav class="usage-kinds" aria-label="Sums by">
            {kinds.map((kind) => {
                const changed = withFilter(withFilter(query, "by", kind), "order", null);
                return (
                    <a
                        key={kind}
                        href={`/usage?${changed.toString()}`}
                        aria-current={kind === shown ? "true" : undefined}
                    >
                        {kind}
                    </a>
                );
            })}
        </nav>
    );
}

interface BreakdownProps {
    kind: SumKind;
    set: Record<string, string>;
    query: URLSearchParams;
}

function Breakdown({ kind, set, query }: BreakdownProps) {
    const chosen = orders.find((one) => one === query.get("order")) ?? null;
    const order = chosen ?? (kind === "day" ? null : "cost");
    const [limit, setLimit] = useState(rowsAtOnce);
    const { value, problem, loading, reload } = useGet("/v1/usage", {
        query: { ...set, by: kind, limit: kind === "day" ? mostRows : limit, ...(order === null ? {} : { order }) },
    });
    // Sums of all sessions take the server seconds where there are very many.
    useReloadWhenRecorded(kind === "session" ? () => {} : reload, reloadMs);
    if (problem) return <Trouble problem={problem} retry={reload} />;
    if (!value) return loading ? <Loading /> : null;
    return (
        <UsageTable
            key={kind}
            kind={kind}
            rows={sorted(value.usage, kind, order)}
            total={value.total}
            moreRows={value.more_rows}
            onMore={limit < mostRows ? () => setLimit(Math.min(5 * limit, mostRows)) : null}
            order={order}
            set={set}
            query={query}
        />
    );
}

export default function UsageView({ place: { query } }: ViewProps) {
    useTitle("Usage");
    const set = filterParameters([...filters, ...range], query);
    const kind = kinds.find((one) => one === query.get("by")) ?? "model";
    const { value, problem, loading, reload } = useGet("/v1/usage", { query: { ...set, by: "day" } });
    useReloadWhenRecorded(reload, reloadMs);
    return (
        <>
            <div class="list-head">
                <h1>Usage</h1>
                <FilterBar filters={filters} />
                <DateRange path={["usage"]} query={query} />
            </div>
            {problem && <Trouble problem={problem} retry={reload} />}
            {!value && loading && <Loading />}
            {value && value.total.exchanges === 0 && (
                <Nothing>Nothing was recorded in these days, or nothing is as the filters say.</Nothing>
            )}
            {value && value.total.exchanges > 0 && (
                <>
                    <Totals total={value.total} set={set} />
                    <UsageChart usage={value.usage} filters={exchangeFilters(set)} />
                    <Lacking total={value.total} set={set} />
                    <Kinds shown={kind} query={query} />
                    {kind === "tool" ? <ToolTable set={set} /> : <Breakdown kind={kind} set={set} query={query} />}
                    <LatencyTable kind={kind} set={set} />
                </>
            )}
        </>
    );
}
