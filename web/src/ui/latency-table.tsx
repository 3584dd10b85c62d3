import type { Schemas } from "../api/client";
import { useGet } from "../api/load";
import { count } from "../format/figures";
import { duration } from "../format/times";
import { visibleLine } from "../format/visible";
import { dayAfter } from "../format/days";
import { addresses } from "../route";
import { Time } from "./figures";
import { Loading, Trouble } from "./states";
import { exchangeFilters, type Kind } from "./usage-sums";

const figures = [
    ["first_byte_ms", "First byte"],
    ["duration_ms", "Whole answer"],
    ["between_tokens_ms", "Between tokens"],
] as const;
const ranks = [
    ["p50", "half"],
    ["p90", "90 %"],
    ["p99", "99 %"],
] as const;

/** What waiting times are told apart by: sessions and tools have none of their own. */
const groupings = ["model", "day", "provider", "project", "agent"] as const;
type Grouping = (typeof groupings)[number];

/** Between two tokens there are a few milliseconds, of which the fractions count. */
function waited(ms: number): string {
    return ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms);
}

interface RowProps {
    row: Schemas["latency"];
    name: string | null;
    /** Where the exchanges behind it stand. */
    to: string | null;
}

function Row({ row, name, to }: RowProps) {
    const text = name === null ? "not named" : visibleLine(name);
    return (
        <tr>
            <th scope="row">
                {to === null ? (
                    <span class="muted">{text}</span>
                ) : (
                    <a class="usage-name" href={to}>
                        {text}
                    </a>
                )}
            </th>
            <td class="figure">{count(row.first_byte_ms?.count ?? 0)}</td>
            {figures.flatMap(([figure]) =>
                ranks.map(([rank], place) => (
                    <td key={`${figure} ${rank}`} class={place === 0 ? "figure latency-first" : "figure"}>
                        {row[figure] ? waited(row[figure][rank]) : "–"}
                    </td>
                )),
            )}
        </tr>
    );
}

/** How long one waited for answers: to the first byte, to the end, and from token to token. */
export function LatencyTable({ kind, set }: { kind: Kind; set: Record<string, string> }) {
    const by: Grouping = groupings.find((one) => one === kind) ?? "model";
    const filters = exchangeFilters(set);
    const { value, problem, loading, reload } = useGet("/v1/latency", { query: { ...filters, by } });
    if (problem) return <Trouble problem={problem} retry={reload} />;
    if (!value) return loading ? <Loading /> : null;
    const rows = [...value.latency].sort(
        (left, right) => (right.first_byte_ms?.count ?? 0) - (left.first_byte_ms?.count ?? 0),
    );
    if (by === "day") rows.sort((left, right) => (right.day ?? "").localeCompare(left.day ?? ""));
    const evidence = (name: string | null | undefined) => {
        if (!name) return null;
        return addresses.exchanges(
            by === "day" ? { ...filters, since: name, until: dayAfter(name) } : { ...filters, [by]: name },
        );
    };
    return (
        <section aria-labelledby="latency">
            <h2 id="latency">Waiting times</h2>
            <p class="muted">
                So long one waited at most for half, 90 % and 99 % of the answers that came to their end.{" "}
                {!value.complete && value.looked_back_to !== null && (
                    <>
                        Looked at were the newest {count(value.looked_at)} exchanges, back to{" "}
                        <Time at={value.looked_back_to} />.
                    </>
                )}
            </p>
            <div class="scroll-x" tabIndex={0} role="region" aria-label={`Waiting times by ${by}`}>
                <table class="usage-table latency-table">
                    <caption class="hidden-visually">Waiting times by {by}</caption>
                    <thead>
                        <tr>
                            <th scope="col" rowSpan={2}>
                                {`${by.charAt(0).toUpperCase()}${by.slice(1)}`}
                            </th>
                            <th scope="col" rowSpan={2} class="figure">
                                Answers
                            </th>
                            {figures.map(([figure, words]) => (
                                <th key={figure} scope="colgroup" colSpan={3} class="latency-first">
                                    {words}
                                </th>
                            ))}
                        </tr>
                        <tr>
                            {figures.flatMap(([figure]) =>
                                ranks.map(([rank, words], place) => (
                                    <th
                                        key={`${figure} ${rank}`}
                                        scope="col"
                                        class={place === 0 ? "figure latency-first" : "figure"}
                                    >
                                        {words}
                                    </th>
                                )),
                            )}
                        </tr>
                    </thead>
                    <tbody>
                        {rows.slice(0, 200).map((row) => (
                            <Row key={row[by] ?? ""} row={row} name={row[by] ?? null} to={evidence(row[by])} />
                        ))}
                    </tbody>
                    <tfoot>
                        <Row row={value.total} name="All" to={addresses.exchanges(filters)} />
                    </tfoot>
                </table>
            </div>
            {value.more_rows + Math.max(0, rows.length - 200) > 0 && (
                <p class="muted">
                    {count(value.more_rows + Math.max(0, rows.length - 200))} more rows are in the sum, but not shown.
                </p>
            )}
        </section>
    );
}
