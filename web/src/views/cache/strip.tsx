import { useMemo, useRef } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { causeName } from "../../format/cache-causes";
import { dollars, inputTokens } from "../../format/figures";
import { duration, shortTime } from "../../format/times";
import { dropReason } from "../../format/drop-reasons";
import { addresses } from "../../route";
import { tokensInWords } from "../../ui/figures";

type Exchange = Schemas["exchange"];
type Miss = Schemas["cache_miss"];

const barHeight = 64;
/** So many bars are as wide as a finger needs them (WCAG 2.2, 2.5.8). */
const mostWide = 150;
/** Providers drop what was not used for five minutes (docs/reading.md, "The prompt cache"). */
const gapMs = 5 * 60_000;

export function isError(exchange: Exchange): boolean {
    return exchange.drop_reason !== null || exchange.status === null || exchange.status >= 400;
}

/** How long nothing was sent before an exchange, where that is longer than caches live. */
export function gapBefore(exchange: Exchange, before: Exchange | undefined): number | null {
    if (!before || before.started_at === null || exchange.started_at === null) return null;
    const idle =
        new Date(exchange.started_at).getTime() - new Date(before.started_at).getTime() - (before.duration_ms ?? 0);
    return idle >= gapMs ? idle : null;
}

function nameOf(exchange: Exchange, miss: Miss | undefined): string {
    const parts = [
        `No. ${exchange.seq}`,
        exchange.started_at === null ? "" : shortTime(exchange.started_at),
        exchange.tokens ? tokensInWords(exchange.tokens) : "no figures",
    ];
    if (miss) {
        const cause = miss.causes[0];
        parts.push(
            miss.outcome === "miss" ? "missed" : "missed in part",
            cause === undefined ? "" : causeName(cause),
            miss.extra_usd === null ? "" : `${dollars(miss.extra_usd)} more`,
        );
    }
    if (exchange.drop_reason !== null) parts.push(dropReason(exchange.drop_reason));
    else if (isError(exchange)) parts.push(`status ${exchange.status ?? "none"}`);
    return parts.filter(Boolean).join(", ");
}

function Bar({
    exchange,
    miss,
    most,
    first,
    wide,
}: {
    exchange: Exchange;
    miss: Miss | undefined;
    most: number;
    first: boolean;
    wide: boolean;
}) {
    const tokens = exchange.tokens;
    const parts = tokens
        ? ([
              ["cache_read", tokens.cache_read],
              ["cache_write", tokens.cache_write],
              ["input", tokens.input],
          ] as const)
        : [];
    let top = barHeight;
    const name = nameOf(exchange, miss);
    return (
        <a
            href={addresses.exchangeCache(exchange.id)}
            aria-label={name}
            title={name}
            tabIndex={first ? 0 : -1}
            data-bar
        >
            <svg
                viewBox={`0 0 10 ${barHeight + 12}`}
                preserveAspectRatio="none"
                width={wide ? 24 : 10}
                height={barHeight + 12}
                aria-hidden="true"
            >
                <g transform="translate(0 6)">
                    {parts.map(([kind, value]) => {
                        const height = (barHeight * value) / most;
                        top -= height;
                        return value > 0 ? (
                            <rect key={kind} class={`tokens-${kind}`} x={1} y={top} width={8} height={height} />
                        ) : null;
                    })}
                    <rect class="bar-ground" x={1} y={barHeight - 0.5} width={8} height={1} />
                    {isError(exchange) && <path class="bar-error" d={`M2 ${barHeight - 10}l6 6m0 -6l-6 6`} />}
                </g>
                {miss && <path class="bar-miss" d="M1 0h8l-4 5.5z" />}
            </svg>
        </a>
    );
}

/** What each exchange of a session read, wrote and sent, one bar each, in their order. Arrows lead through it. */
export function Strip({ exchanges, misses }: { exchanges: Exchange[]; misses: ReadonlyMap<number, Miss> }) {
    const list = useRef<HTMLUListElement>(null);
    const most = useMemo(
        () => Math.max(1, ...exchanges.map((one) => (one.tokens ? inputTokens(one.tokens) : 0))),
        [exchanges],
    );
    const bars = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-bar]") ?? [])];
    const keyDown = (event: KeyboardEvent) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const all = bars();
        const at = all.indexOf(document.activeElement as HTMLElement);
        const places: Record<string, number> = {
            ArrowRight: at + 1,
            ArrowLeft: Math.max(0, at - 1),
            Home: 0,
            End: all.length - 1,
        };
        const next = all[places[event.key] ?? -1];
        if (!next) return;
        event.preventDefault();
        for (const bar of all) bar.tabIndex = bar === next ? 0 : -1;
        next.focus();
    };
    return (
        <ul
            class="strip"
            ref={list}
            aria-label="Exchanges and what they read from the cache; arrow keys lead through them"
            onKeyDown={keyDown}
        >
            {exchanges.map((exchange, at) => {
                const gap = gapBefore(exchange, exchanges[at - 1]);
                return [
                    gap !== null && (
                        <li
                            key={`gap ${exchange.seq}`}
                            class="strip-gap"
                            title={`Nothing was sent for ${duration(gap)}.`}
                        >
                            <span class="hidden-visually">Nothing was sent for </span>
                            {duration(gap)}
                        </li>
                    ),
                    <li key={exchange.seq}>
                        <Bar
                            exchange={exchange}
                            miss={misses.get(exchange.seq)}
                            most={most}
                            first={at === 0}
                            wide={exchanges.length <= mostWide}
                        />
                    </li>,
                ];
            })}
        </ul>
    );
}

export function StripLegend() {
    const parts = [
        ["cache_read", "read from the cache"],
        ["cache_write", "written to it"],
        ["input", "input that no cache had"],
    ] as const;
    return (
        <ul class="strip-legend" aria-label="Colours">
            {parts.map(([kind, words]) => (
                <li key={kind}>
                    <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                        <rect class={`tokens-${kind}`} width="10" height="10" />
                    </svg>{" "}
                    {words}
                </li>
            ))}
            <li>
                <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                    <path class="bar-miss" d="M1 2h8l-4 6z" />
                </svg>{" "}
                missed
            </li>
            <li>
                <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
                    <path class="bar-error" d="M2 2l6 6m0 -6l-6 6" />
                </svg>{" "}
                error, or no turn
            </li>
        </ul>
    );
}
