import type { Schemas } from "../api/client";
import { allTokens, cost, count, inputTokens, percent, short } from "../format/figures";
import { fullTime, shortTime } from "../format/times";

/** A time of the record; its full form stands in the tooltip and in `datetime`. */
export function Time({ at }: { at: string | null }) {
    if (at === null) return <span>–</span>;
    return (
        <time dateTime={at} title={fullTime(at)}>
            {shortTime(at)}
        </time>
    );
}

const parts = [
    ["cache_read", "read from the cache"],
    ["cache_write", "written to the cache"],
    ["input", "input that no cache had"],
    ["output", "output"],
] as const;

/** "12,300 tokens: 10,000 read from the cache, …" */
export function tokensInWords(tokens: Schemas["tokens"]): string {
    const named = parts.filter(([name]) => tokens[name] > 0).map(([name, words]) => `${count(tokens[name])} ${words}`);
    const reasoning = tokens.reasoning > 0 ? [`of it ${count(tokens.reasoning)} reasoning`] : [];
    return `${count(allTokens(tokens))} tokens${named.length > 0 ? `: ${[...named, ...reasoning].join(", ")}` : ""}`;
}

/**
 * The four disjoint figures of tokens as a bar. With `most` its length says how many there are beside others, by the
 * square root, so that small ones are seen; more than `most` fills it.
 */
export function TokenBar({ tokens, most }: { tokens: Schemas["tokens"]; most?: number }) {
    const all = allTokens(tokens);
    const scale = most !== undefined && most > 0 ? Math.min(1, Math.sqrt(all / most)) : 1;
    let from = 0;
    return (
        <svg
            class="token-bar"
            viewBox="0 0 100 8"
            preserveAspectRatio="none"
            role="img"
            aria-label={tokensInWords(tokens)}
        >
            <title>{tokensInWords(tokens)}</title>
            {all > 0 &&
                parts.map(([name]) => {
                    const width = (100 * scale * tokens[name]) / all;
                    const x = from;
                    from += width;
                    return width > 0 ? (
                        <rect key={name} class={`tokens-${name}`} x={x} y={0} width={width} height={8} />
                    ) : null;
                })}
        </svg>
    );
}

export function TokenCount({ tokens }: { tokens: Schemas["tokens"] }) {
    return <span title={tokensInWords(tokens)}>{short(allTokens(tokens))}</span>;
}

/** How much of the input came from a cache. */
export function CacheShare({ tokens }: { tokens: Schemas["tokens"] }) {
    return <span title={tokensInWords(tokens)}>{percent(tokens.cache_read, inputTokens(tokens))}</span>;
}

export function Cost({ value }: { value: Schemas["cost"] | null }) {
    const title =
        value === null
            ? "The table of prices lacks this model."
            : value.partial
              ? "Not all turns in this sum have a price."
              : "Computed from the provider's usage and the table of prices.";
    return <span title={title}>{cost(value)}</span>;
}
