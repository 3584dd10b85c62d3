import { memo } from "preact/compat";
import { useMemo, useState } from "preact/hooks";
import { Time } from "../../ui/figures";
import { BlockPart } from "./blocks";
import { ExchangeLine } from "./exchange-line";
import { ForkLine } from "./fork-line";
import { MoreBlocks } from "./more-blocks";
import { useReader } from "./reader";
import { isKnownRole, roleName } from "./role";
import type { Entry, Message, Thread } from "./source";
import { ThreadPart } from "./thread-part";
import { BegunThreads } from "./tool-call";
import { useTold } from "./topic";

/** So many blocks of a message are shown at first. */
const portion = 50;

/** A turn: what came before an answer, the answer, and what belongs to it. */
export const TurnPart = memo(function TurnPart({ turn }: { turn: number }) {
    const { turns } = useReader();
    const entries = useTold(turns.changed, () => turns.at(turn));
    const total = useTold(turns.changed, () => turns.total);
    if (entries === null) {
        return (
            <div class="turn turn-absent" aria-busy="true">
                <span class="muted">Turn {turn}</span>
            </div>
        );
    }
    if (entries.length === 0) return <div class="turn turn-empty" />;
    return <TurnEntries turn={turn} entries={entries} last={turn > (total ?? 0)} />;
});

function TurnEntries({ turn, entries, last }: { turn: number; entries: readonly Entry[]; last: boolean }) {
    const threads = useMemo(() => entries.filter((one): one is Thread => one.type === "thread"), [entries]);
    // A thread stands within its call, where the call is in this turn.
    const calls = useMemo(
        () =>
            new Set(
                entries.flatMap((one) =>
                    one.type === "message" ? one.blocks.map((block) => block.call_id ?? "") : [],
                ),
            ),
        [entries],
    );
    const alone = entries.filter((one) => one.type !== "thread" || !calls.has(one.call_id ?? ""));
    return (
        <article class="turn" aria-label={last ? "Behind the last answer" : `Turn ${turn}`} data-turn={turn}>
            <BegunThreads.Provider value={threads}>
                {alone.map((entry, index) => (
                    <EntryPart key={entry.type === "message" ? entry.hash : `${entry.type} ${index}`} entry={entry} />
                ))}
            </BegunThreads.Provider>
        </article>
    );
}

export function EntryPart({ entry }: { entry: Entry }) {
    switch (entry.type) {
        case "message":
            return <MessagePart message={entry} />;
        case "exchange":
            return <ExchangeLine exchange={entry} />;
        case "fork":
            return <ForkLine fork={entry} />;
        case "thread":
            return <ThreadPart thread={entry} />;
    }
}

export const MessagePart = memo(function MessagePart({ message }: { message: Message }) {
    const reader = useReader();
    const [most, setMost] = useState(portion);
    const first = message.blocks[0];
    const role = isKnownRole(message.role) ? message.role : "other";
    return (
        <div
            role="group"
            class={`message message-${role}`}
            aria-label={`${roleName(message.role)}, turn ${message.turn}`}
        >
            <header class="message-head">
                <h3 class="role">{roleName(message.role)}</h3>
                {message.created_at !== null && (
                    <a
                        class="permalink"
                        href={reader.addressOfBlock(`${message.hash}.${first?.place ?? 0}`)}
                        title="Link to this message"
                    >
                        <Time at={message.created_at} />
                    </a>
                )}
            </header>
            {message.blocks.slice(0, most).map((block, index) => (
                <BlockPart key={index} message={message} block={block} />
            ))}
            {message.blocks.length > most && (
                <button type="button" onClick={() => setMost(most + 4 * portion)}>
                    Show more of {message.blocks.length} blocks
                </button>
            )}
            {message.blocks.length <= most && message.more_blocks > 0 && <MoreBlocks message={message} />}
        </div>
    );
});
