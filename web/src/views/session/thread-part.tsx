import { useContext, useEffect, useMemo, useState } from "preact/hooks";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { TokenCount } from "../../ui/figures";
import { Loading, Trouble } from "../../ui/states";
import { Fold } from "./fold";
import { ReaderContext, useReader } from "./reader";
import { threadSource, type Thread } from "./source";
import { useTold } from "./topic";
import { TurnPart } from "./turn";
import { TurnStore } from "./turns";

const portion = 10;

export function threadName(thread: Thread): string {
    const kind = { main: "Thread", subagent: "Sub-agent", side: "Side thread" }[thread.kind];
    return `${kind} ${thread.number}`;
}

/** Where a thread begins with the summary of an earlier one: which, and where it was summed up itself: by which. */
export function Compactions({
    session,
    threads,
    thread,
}: {
    session: string;
    threads: readonly Thread[];
    thread: Thread;
}) {
    const link = (number: number) => <a href={addresses.session(session, { thread: number })}>thread {number}</a>;
    const later = threads.filter((one) => one.continues === thread.number);
    return (
        <>
            {thread.continues !== null && <p class="compactions">Goes on from a summary of {link(thread.continues)}</p>}
            {later.map((one) => (
                <p class="compactions" key={one.number}>
                    A summary of it goes on in {link(one.number)}
                </p>
            ))}
        </>
    );
}

/** A thread that a call began, which opens where it began. */
export function ThreadPart({ thread }: { thread: Thread }) {
    const session = useReader().turns.source.session;
    return (
        <div role="group" class="thread" aria-label={threadName(thread)}>
            <Fold
                kind="thread"
                name={String(thread.number)}
                title={
                    <>
                        <span class="chip">{threadName(thread)}</span>{" "}
                        {thread.title !== null && visibleLine(thread.title)}{" "}
                        <span class="muted">
                            {thread.continues !== null && `goes on from thread ${thread.continues}, `}
                            {thread.turns} {thread.turns === 1 ? "turn" : "turns"},{" "}
                            <TokenCount tokens={thread.tokens} /> tokens
                        </span>
                    </>
                }
            >
                {() =>
                    session !== null && (
                        <NestedTranscript session={session} thread={thread.number} told={thread.turns} />
                    )
                }
            </Fold>
        </div>
    );
}

/** The transcript of a thread within another one: its first turns, and more on request. */
function NestedTranscript({ session, thread, told }: { session: string; thread: number; told: number }) {
    const outer = useContext(ReaderContext);
    const reader = useMemo(
        () => outer?.nested(new TurnStore(threadSource(session, thread, false))) ?? null,
        [session, thread, outer],
    );
    const [most, setMost] = useState(portion);
    useEffect(() => {
        return () => reader?.end();
    }, [reader]);
    useEffect(() => reader?.turns.want(1, most), [reader, most]);
    // The transcript around it follows what is recorded, and tells how many turns there are.
    useEffect(() => {
        if (reader?.turns.total !== null && reader?.turns.total !== told) void reader?.turns.refresh();
    }, [reader, told]);
    if (reader === null) return null;
    return (
        <ReaderContext.Provider value={reader}>
            <NestedTurns
                most={most}
                more={() => setMost(most + 2 * portion)}
                alone={addresses.session(session, { thread })}
            />
        </ReaderContext.Provider>
    );
}

function NestedTurns({ most, more, alone }: { most: number; more: () => void; alone: string }) {
    const { turns } = useReader();
    const total = useTold(turns.changed, () => turns.total);
    const problem = useTold(turns.changed, () => turns.problem);
    if (problem !== null) return <Trouble problem={problem} retry={() => turns.reload()} />;
    if (total === null) return <Loading />;
    const last = total > most ? most : total + 1;
    return (
        <div class="nested">
            <p>
                <a href={alone}>Show this thread alone</a>
            </p>
            {Array.from({ length: last }, (_, index) => (
                <TurnPart key={index + 1} turn={index + 1} />
            ))}
            {total > most && (
                <p>
                    <button type="button" onClick={more}>
                        Show more of {total} turns
                    </button>
                </p>
            )}
        </div>
    );
}
