import type { Schemas } from "../api/client";
import { bytes, count } from "./figures";
import { duration } from "./times";
import { visibleLine } from "./visible";

type Miss = Schemas["cache_miss"];
type Parting = Schemas["cache_parting"];

/** Why the prompt cache was missed, in the words of "tapes why" (docs/reading.md, "The prompt cache"). */

/** "message 3 (user, tool_result)"; people count from 1. */
export function placeWords(part: Parting): string {
    const name = part.name === null ? "" : visibleLine(part.name);
    if (part.kind === "model" || part.kind === "parameter")
        return name === "" || name === part.kind ? part.kind : `${part.kind} “${name}”`;
    const block = part.block === 0 ? "" : `, block ${part.block + 1}`;
    const about = [part.kind === "system" ? "" : name, visibleLine(part.part_type ?? "")].filter(Boolean).join(", ");
    return `${part.kind} ${part.number + 1}${block}${about === "" ? "" : ` (${about})`}`;
}

function placeOf(miss: Miss): string {
    const place = miss.difference?.now ?? miss.difference?.before;
    return place ? placeWords(place) : "its place is not known";
}

const lifetimes: Record<string, string> = {
    "5m": "five minutes",
    "1h": "an hour",
    "30m": "at least 30 minutes",
    in_memory: "5 to 10 minutes without use, at most an hour",
    "24h": "at most a day",
};

/** How long what is cached lives, in words. */
export function lifetimeWords(name: string): string {
    return Object.hasOwn(lifetimes, name) ? (lifetimes[name] ?? name) : visibleLine(name);
}

/** What sets a breakpoint. */
function markName(miss: Miss): string {
    return miss.api === "bedrock_converse" ? "cachePoint" : "cache_control";
}

type Sentence = (miss: Miss, name: string) => string;
const sentences: Record<string, Sentence> = {
    model: () => "Another model was asked for. Each model has a cache of its own.",
    parameter: (_, name) => `The parameter ${name} changed, on which the cached beginning depends.`,
    beta_header: (_, name) => `The header anthropic-beta changed: ${name}.`,
    tool_added: (_, name) =>
        `The tool ${name} was added. Tools stand before everything else, so nothing behind it matches.`,
    tool_removed: (_, name) =>
        `The tool ${name} was removed. Tools stand before everything else, so nothing behind it matches.`,
    tool_moved: (_, name) => `The same tools stand in another order, from ${name} on.`,
    tool_changed: (miss, name) =>
        miss.difference?.order_only === true
            ? `The tool ${name} changed, in nothing but the order of its keys.`
            : `The tool ${name} changed.`,
    system_changed: (miss) => `The system text changed: ${placeOf(miss)}.`,
    message_changed: (miss) => `A message of the history changed: ${placeOf(miss)}.`,
    message_removed: (miss) => `A message was taken out of the history: ${placeOf(miss)}.`,
    message_inserted: (miss) => `A message was put into the history: ${placeOf(miss)}.`,
    mark_removed: (miss) => `No ${markName(miss)} is set any more, so nothing is looked up.`,
    mark_moved: (miss) =>
        `The last ${markName(miss)} stands before what was cached, so it was looked for only up to there.`,
    look_back: (miss) =>
        `${count(miss.blocks_between)} blocks stand between the cached place and the next ${markName(miss)}. The provider looks at no more than 20.`,
    unmarked: (miss) => `No ${markName(miss)} was set, without which nothing is cached.`,
    too_small: (miss) =>
        miss.least_tokens === null
            ? "The prompt is too short: the model caches no fewer tokens."
            : `The prompt is too short: this model caches no fewer than ${count(miss.least_tokens)} tokens.`,
    expired: (miss) =>
        `It ${miss.surely_expired ? "expired" : "may have expired"}: it was not used for ${miss.idle_ms === null ? "a long time" : duration(miss.idle_ms)}, and lives ${miss.lifetime === null ? "shorter" : lifetimeWords(miss.lifetime)}.`,
    cache_key: () => "prompt_cache_key changed. It chooses the machine that holds the cache.",
    overlap: () => "It was sent before the exchange before was answered, when nothing was cached yet.",
    unexplained: (miss) =>
        miss.causes.length > 1
            ? "Nothing explains why the part before the difference was not read either."
            : "Nothing in the record explains it.",
};

/** The sentence for a cause; one that this page does not know is named as it is. */
export function causeSentence(miss: Miss, cause: string): string {
    const name = miss.difference?.name ? `“${visibleLine(miss.difference.name)}”` : "";
    const sentence = Object.hasOwn(sentences, cause) ? sentences[cause] : undefined;
    return sentence ? sentence(miss, name) : `The cause is “${visibleLine(cause)}”.`;
}

const shortNames: Record<string, string> = {
    model: "other model",
    parameter: "parameter",
    beta_header: "anthropic-beta",
    tool_added: "tool added",
    tool_removed: "tool removed",
    tool_moved: "tools re-ordered",
    tool_changed: "tool changed",
    system_changed: "system text",
    message_changed: "message changed",
    message_removed: "message removed",
    message_inserted: "message inserted",
    mark_removed: "no cache_control",
    mark_moved: "cache_control moved",
    look_back: "more than 20 blocks",
    unmarked: "never marked",
    too_small: "too short",
    expired: "expired",
    cache_key: "cache key",
    overlap: "overlapping",
    unexplained: "unexplained",
};

/** The cause in a word or two, for columns. */
export function causeName(cause: string): string {
    return Object.hasOwn(shortNames, cause) ? (shortNames[cause] ?? cause) : visibleLine(cause);
}

/** What became of the cache. */
export function outcomeSentence(miss: Miss): string {
    switch (miss.outcome) {
        case "hit":
            return "All that could be expected was read from the cache.";
        case "partial":
            return "A part of what could be expected was not read from the cache.";
        case "miss":
            return "Nothing of what could be expected was read from the cache.";
        case "uncached":
            return "Nothing had been cached before that it could read.";
        case "first":
            return "No exchange came before that it could go on from.";
        case "unknown":
            if (miss.unknown_because === "not_in_api")
                return `There is nothing to explain: ${visibleLine(miss.api ?? "the API")} tells of no prompt cache.`;
            return miss.tokens === null
                ? "It is not known: no figures came with the answer."
                : "It is not known: the provider does not tell what it read from a cache.";
    }
}

export const outcomeNames: Record<Miss["outcome"], string> = {
    hit: "hit",
    partial: "missed in part",
    miss: "missed",
    uncached: "nothing cached",
    first: "first",
    unknown: "unknown",
};

const predecessors: Record<Schemas["cache_predecessor"]["kind"], string> = {
    ancestor: "its answer is the last that this one goes on from",
    retry: "the same request, sent before",
    thread: "the newest of the session before this thread began; only what both have in common is expected",
    rewrite: "most of its messages come again here, in a history that was changed",
};

export function predecessorWords(kind: Schemas["cache_predecessor"]["kind"]): string {
    return predecessors[kind];
}

/** What stands behind the first difference, and so can not be read either; null where nothing does. */
export function behindWords(difference: Schemas["cache_difference"]): string | null {
    if (difference.bytes_behind === 0) return null;
    const tokens = difference.estimated_tokens_behind;
    return `From there on the request before has ${bytes(difference.bytes_behind)} more${tokens === null ? "" : `, about ${count(tokens)} tokens`}.`;
}
