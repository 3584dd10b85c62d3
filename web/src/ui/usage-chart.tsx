import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Schemas } from "../api/client";
import { dayAfter, daysBetween } from "../format/days";
import { cost, count, dollars, short } from "../format/figures";
import { addresses, navigate } from "../route";

type Sums = Schemas["usage"];

/** From the bottom of a bar to its top. */
const parts = [
    ["cache_read", "Read from the cache"],
    ["cache_write", "Written to the cache"],
    ["input", "Other input"],
    ["output", "Output"],
] as const;

const dayLabel = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });

function colour(name: string): string {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

interface Series {
    days: string[];
    rows: Map<string, Sums>;
    data: uPlot.AlignedData;
}

/** Bars lie one before the other, the highest sum behind, so each series holds the sum up to its part. */
function seriesOf(usage: readonly Sums[]): Series {
    const rows = new Map(usage.flatMap((row): [string, Sums][] => (row.day ? [[row.day, row]] : [])));
    const known = [...rows.keys()].sort();
    const last = known.at(-1) ?? "";
    // A week at least: one bar alone says nothing, and fills the whole width.
    const first = [known[0] ?? "", last === "" ? "" : dayAfter(last, -6)].sort()[0] ?? "";
    const days = daysBetween(first, last);
    const upTo = (top: number) =>
        days.map((day) => {
            const tokens = rows.get(day)?.tokens;
            return tokens ? parts.slice(0, top + 1).reduce((sum, [name]) => sum + tokens[name], 0) : 0;
        });
    const usd = days.map((day) => rows.get(day)?.cost?.usd ?? 0);
    return {
        days,
        rows,
        data: [
            days.map((day) => Date.parse(day) / 1000),
            ...parts.map((_, index) => upTo(parts.length - 1 - index)),
            usd,
        ],
    };
}

function optionsOf({ days, rows }: Series, width: number, height: number): uPlot.Options {
    const axis = {
        stroke: colour("--muted"),
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { stroke: colour("--line"), width: 1 },
    };
    const bars = uPlot.paths.bars?.({ size: [0.8, 48] });
    const rowAt = (index: number | null) => rows.get(days[index ?? -1] ?? "");
    const stacked = [...parts].reverse().map(([name, label]): uPlot.Series => {
        const fill = colour(`--tokens-${name.replace("_", "-")}`);
        return {
            label,
            scale: "tokens",
            fill,
            stroke: fill,
            width: 0,
            points: { show: false },
            value: (_, __, ___, index) => (rowAt(index) ? count(rowAt(index)?.tokens[name] ?? 0) : "–"),
            ...(bars ? { paths: bars } : {}),
        };
    });
    const spent: uPlot.Series = {
        label: "Cost",
        scale: "usd",
        stroke: colour("--text"),
        width: 1.5,
        points: { show: days.length < 60, size: 5, fill: colour("--text") },
        value: (_, __, ___, index) => cost(rowAt(index)?.cost ?? null),
    };
    return {
        width,
        height,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        scales: {
            // Half a day on both sides, so that the first and the last bar are whole.
            x: { time: true, range: (_, least, most) => [(least ?? 0) - 43_200, (most ?? 0) + 43_200] },
            tokens: { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.05] },
            usd: { range: (_, __, most) => [0, Math.max(0.0001, most ?? 0) * 1.05] },
        },
        series: [{ label: "Day", value: (_, __, ___, index) => days[index ?? -1] ?? "–" }, ...stacked, spent],
        axes: [
            {
                ...axis,
                space: 70,
                incrs: [1, 2, 7, 14, 28, 56, 91, 182, 364].map((some) => some * 86_400),
                values: (_, ticks) => ticks.map((tick) => dayLabel.format(tick * 1000)),
            },
            { ...axis, scale: "tokens", size: 56, values: (_, ticks) => ticks.map(short) },
            {
                ...axis,
                scale: "usd",
                side: 1,
                size: 76,
                grid: { show: false },
                values: (_, ticks) => ticks.map(dollars),
            },
        ],
        cursor: { drag: { x: false, y: false }, y: false },
    };
}

export interface UsageChartProps {
    /** By day. */
    usage: readonly Sums[];
    /** What a day's exchanges are filtered by, too. */
    filters: Record<string, string>;
}

/** Tokens and cost by day. The table of the days says the same in text; a click on a day shows its exchanges. */
export function UsageChart({ usage, filters }: UsageChartProps) {
    const box = useRef<HTMLDivElement>(null);
    const latest = useRef(filters);
    latest.current = filters;
    useEffect(() => {
        const place = box.current;
        if (!place) return;
        const series = seriesOf(usage);
        const height = innerWidth < 600 ? 200 : 280;
        let plot: uPlot | null = null;
        const draw = () => {
            plot?.destroy();
            plot = new uPlot(optionsOf(series, place.clientWidth, height), series.data, place);
            plot.over.addEventListener("click", () => {
                const day = series.days[plot?.cursor.idx ?? -1];
                if (day) navigate(addresses.exchanges({ ...latest.current, since: day, until: dayAfter(day) }));
            });
        };
        draw();
        const resized = new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height }));
        resized.observe(place);
        // A canvas keeps the colours that it was drawn with.
        const scheme = matchMedia("(prefers-color-scheme: dark)");
        scheme.addEventListener("change", draw);
        const theme = new MutationObserver(draw);
        theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
        return () => {
            resized.disconnect();
            theme.disconnect();
            scheme.removeEventListener("change", draw);
            plot?.destroy();
        };
    }, [usage]);
    return (
        <div
            ref={box}
            class="usage-chart"
            role="img"
            aria-label="Tokens and cost by day. The table of the days says the same."
        />
    );
}
