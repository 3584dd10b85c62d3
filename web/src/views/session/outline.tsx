import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { bytes, percent } from "../../format/figures";
import { Loading, Nothing } from "../../ui/states";
import type { OutlineEntry, OutlineKind, OutlineStore } from "./outline-store";
import { useReader } from "./reader";
import { useTold } from "./topic";

const kinds: Record<OutlineKind, { sign: string; name: string; many: string }> = {
    prompt: { sign: "❯", name: "Prompt", many: "prompts" },
    error: { sign: "✕", name: "Error", many: "errors" },
    dropped: { sign: "∅", name: "Without a turn", many: "without a turn" },
    refusal: { sign: "⊘", name: "Refusal", many: "refusals" },
    fork: { sign: "↳", name: "Fork", many: "forks" },
    thread: { sign: "▸", name: "Sub-agent", many: "sub-agents" },
    compaction: { sign: "≡", name: "Compaction", many: "compactions" },
};
const order = Object.keys(kinds) as OutlineKind[];

/** Prompts, errors, forks and what else a reader looks for, each with its part of the context. */
export function Outline({
    outline,
    turn,
    above,
    onGo,
}: {
    outline: OutlineStore;
    turn: number;
    /** What stands above it: threads from which this one goes on. */
    above: ComponentChildren;
    onGo: (entry: OutlineEntry) => void;
}) {
    const reader = useReader();
    const entries = useTold(outline.changed, () => outline.entries);
    const whole = useTold(outline.changed, () => outline.whole);
    const failed = useTold(outline.changed, () => outline.failed);
    const chosen = useTold(reader.chosenChanged, () => reader.chosen);
    const [hidden, setHidden] = useState<ReadonlySet<OutlineKind>>(new Set());
    const shown = useMemo(() => entries.filter((one) => !hidden.has(one.kind)), [entries, hidden]);
    const counts = useMemo(() => {
        const made = new Map<OutlineKind, number>();
        for (const one of entries) made.set(one.kind, (made.get(one.kind) ?? 0) + 1);
        return made;
    }, [entries]);
    const list = useRef<VirtualizerHandle>(null);
    const pane = useRef<HTMLDivElement>(null);
    const current = currentOf(shown, chosen, turn);
    const line = useCallback(
        (entry: OutlineEntry, index: number) => (
            <Line
                key={`${entry.kind} ${entry.key}`}
                entry={entry}
                all={outline.bytes}
                current={index === current}
                onGo={onGo}
            />
        ),
        [outline.bytes, current, onGo],
    );
    useEffect(() => {
        if (current >= 0) list.current?.scrollToIndex(current, { align: "nearest" });
    }, [current]);
    const toggle = (kind: OutlineKind) => {
        const changed = new Set(hidden);
        if (!changed.delete(kind)) changed.add(kind);
        setHidden(changed);
    };
    return (
        <nav class="outline" aria-label="Outline">
            {above}
            {counts.size > 1 && (
                <p class="outline-kinds">
                    {order
                        .filter((kind) => counts.has(kind))
                        .map((kind) => (
                            <button
                                type="button"
                                key={kind}
                                class={`outline-kind outline-${kind}`}
                                aria-pressed={!hidden.has(kind)}
                                onClick={() => toggle(kind)}
                            >
                                <span aria-hidden="true">{kinds[kind].sign}</span> {counts.get(kind)}{" "}
                                {counts.get(kind) === 1 ? kinds[kind].name.toLowerCase() : kinds[kind].many}
                            </button>
                        ))}
                </p>
            )}
            <div class="outline-list" ref={pane}>
                {shown.length === 0 &&
                    !failed &&
                    (whole ? <Nothing>No prompt, error or fork is in it.</Nothing> : <Loading />)}
                <Virtualizer ref={list} scrollRef={pane} data={shown} as="ol" item="li" itemSize={34} bufferSize={400}>
                    {line}
                </Virtualizer>
            </div>
        </nav>
    );
}

/** The entry that is chosen, else the last one that the top of the transcript has passed. */
function currentOf(entries: readonly OutlineEntry[], chosen: string | null, turn: number): number {
    const exact = chosen === null ? -1 : entries.findIndex((one) => one.key === chosen);
    if (exact >= 0 && Math.abs((entries[exact]?.turn ?? 0) - turn) < 3) return exact;
    let last = -1;
    for (const [index, one] of entries.entries()) {
        if (one.turn > turn) break;
        if (one.kind === "prompt" || last < 0) last = index;
    }
    return last;
}

const Line = memo(function Line({
    entry,
    all,
    current,
    onGo,
}: {
    entry: OutlineEntry;
    all: number;
    current: boolean;
    onGo: (entry: OutlineEntry) => void;
}) {
    const { sign, name } = kinds[entry.kind];
    const part = entry.bytes > 0 ? `${bytes(entry.bytes)}, ${percent(entry.bytes, all)} of what was said` : null;
    return (
        <button
            type="button"
            class={`outline-line outline-${entry.kind}`}
            aria-current={current ? "true" : undefined}
            title={`${name}, turn ${entry.turn}${part === null ? "" : `: ${part}`}\n${entry.text}`}
            onClick={() => onGo(entry)}
        >
            <span class="outline-sign" aria-hidden="true">
                {sign}
            </span>
            <span class="hidden-visually">{`${name}, turn ${entry.turn}: `}</span>
            <span class="outline-text">{entry.text}</span>
            {part !== null && <span class="hidden-visually">{`, ${part}`}</span>}
            <svg class="outline-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                {entry.bytes > 0 && (
                    <rect x={0} y={0} width={Math.max(1, (100 * entry.bytes) / Math.max(1, all))} height={4} />
                )}
            </svg>
        </button>
    );
});
