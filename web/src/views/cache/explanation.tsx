import type { Schemas } from "../../api/client";
import {
    behindWords,
    causeSentence,
    lifetimeWords,
    outcomeSentence,
    predecessorWords,
} from "../../format/cache-causes";
import { count, dollars } from "../../format/figures";
import { duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { Time, TokenBar } from "../../ui/figures";

type Miss = Schemas["cache_miss"];

/** "$0.12 more than if they had been read" */
export function extraCost(miss: Miss): string {
    return miss.extra_usd === null
        ? "No price is known for them."
        : `They cost ${dollars(miss.extra_usd)} more than from the cache.`;
}

function Figures({ miss }: { miss: Miss }) {
    if (miss.tokens === null) return null;
    const { cache_read, cache_write, input } = miss.tokens;
    const told = miss.outcome === "hit" || miss.outcome === "partial" || miss.outcome === "miss";
    return (
        <>
            <div class="cache-bar">
                <TokenBar tokens={{ ...miss.tokens, output: 0, reasoning: 0 }} />
            </div>
            <p>
                Read {count(cache_read)}
                {told && ` of ${miss.expected_estimated ? "about " : ""}${count(miss.expected)} expected`} tokens, wrote{" "}
                {count(cache_write)}, and sent {count(input)} that no cache had.{" "}
                {miss.missed > 0 && (
                    <>
                        <strong>{count(miss.missed)} were missed.</strong> {extraCost(miss)}
                    </>
                )}
            </p>
        </>
    );
}

function idleWords(miss: Miss): string | null {
    const idle = miss.clock_moved_back
        ? "The clock moved back, so nobody knows how long the cache was not used."
        : miss.idle_ms !== null
          ? `The cache was not used for ${duration(miss.idle_ms)}.`
          : null;
    const lifetime = miss.lifetime !== null ? `What is cached lives ${lifetimeWords(miss.lifetime)}.` : null;
    return idle === null && lifetime === null ? null : [idle, lifetime].filter(Boolean).join(" ");
}

/** Sentences that stand besides the causes. */
function notesOf(miss: Miss): string[] {
    const notes: string[] = [];
    if (miss.figures_summed) {
        notes.push(
            "The provider ran tools of its own for the exchange before, so its figures are sums of several requests, and how much could be read is not known.",
        );
    }
    const behind = miss.difference && behindWords(miss.difference);
    if (behind) notes.push(behind);
    if (miss.other_parameters.length > 0 && miss.outcome !== "hit") {
        notes.push(
            `Also changed, and not known to count: ${miss.other_parameters.map((name) => `“${visibleLine(name)}”`).join(", ")}.`,
        );
    }
    if (miss.only_tail)
        notes.push(
            "The provider keeps the history, so the requests hold only what is new, and messages were not compared.",
        );
    const idle = miss.predecessor && miss.outcome !== "unknown" ? idleWords(miss) : null;
    if (idle !== null) notes.push(idle);
    if (miss.provider_reason) {
        const tokens = miss.provider_reason.missed_tokens;
        notes.push(
            `The provider itself says “${visibleLine(miss.provider_reason.reason)}”${tokens === null ? "" : `, ${count(tokens)} tokens missed`}.`,
        );
    }
    if (miss.request_fault !== null)
        notes.push(`A request could not be read whole: ${visibleLine(miss.request_fault)}.`);
    return notes;
}

/** Why an exchange read from the prompt cache what it read, in sentences (docs/reading.md, "The prompt cache"). */
export function Explanation({ miss }: { miss: Miss }) {
    const before = miss.predecessor;
    return (
        <div class="explanation">
            <p>{outcomeSentence(miss)}</p>
            <Figures miss={miss} />
            {miss.causes.length === 1 && <p class="cause">{causeSentence(miss, miss.causes[0] ?? "")}</p>}
            {miss.causes.length > 1 && (
                <ol class="causes" aria-label="Causes, the likeliest first">
                    {miss.causes.map((cause) => (
                        <li key={cause}>{causeSentence(miss, cause)}</li>
                    ))}
                </ol>
            )}
            {notesOf(miss).map((note) => (
                <p key={note} class="muted">
                    {note}
                </p>
            ))}
            {before && (
                <p class="muted">
                    Compared with <a href={addresses.exchange(before.id)}>exchange no. {before.seq}</a> of{" "}
                    <Time at={before.started_at} />: {predecessorWords(before.kind)}.{" "}
                    <a href={addresses.compare("exchanges", before.id, miss.id)}>Compare both requests whole</a>
                </p>
            )}
        </div>
    );
}
