import { useState } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { visibleLine } from "../../format/visible";
import { addresses, navigate } from "../../route";
import type { Thread } from "./source";
import { threadName } from "./thread-part";

/** The thread that is read: the one of that number, else the first main one. */
export function threadRead(session: Schemas["session_with_threads"], number: number | null): Thread | null {
    const threads = session.thread_list;
    if (number !== null) return threads.find((one) => one.number === number) ?? null;
    return threads.find((one) => one.kind === "main") ?? threads[0] ?? null;
}

/** Chooses which thread of a session is read. Those of titles and summaries are left out until they are wanted. */
export function ThreadChooser({
    session,
    thread,
}: {
    session: Schemas["session_with_threads"];
    thread: number | null;
}) {
    const threads = session.thread_list;
    const first = threadRead(session, null);
    const current = thread ?? first?.number ?? 1;
    const sides = threads.filter((one) => one.kind === "side").length;
    const [withSides, setWithSides] = useState(threads.some((one) => one.number === current && one.kind === "side"));
    if (threads.length < 2) return null;
    return (
        <p class="threads">
            <label>
                Thread{" "}
                <select
                    value={String(current)}
                    onChange={(event) => {
                        const number = Number(event.currentTarget.value);
                        navigate(addresses.session(session.name, number === first?.number ? {} : { thread: number }));
                    }}
                >
                    {threads
                        .filter((one) => withSides || one.kind !== "side" || one.number === current)
                        .map((one) => (
                            <option key={one.number} value={String(one.number)}>
                                {threadName(one)}, {one.turns} {one.turns === 1 ? "turn" : "turns"}
                                {one.title === null ? "" : `: ${visibleLine(one.title).slice(0, 60)}`}
                            </option>
                        ))}
                </select>
            </label>
            {sides > 0 && (
                <label>
                    <input
                        type="checkbox"
                        checked={withSides}
                        onChange={(event) => setWithSides(event.currentTarget.checked)}
                    />{" "}
                    with {sides} side {sides === 1 ? "thread" : "threads"}
                </label>
            )}
        </p>
    );
}
