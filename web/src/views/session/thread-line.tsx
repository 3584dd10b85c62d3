import { visibleLine } from "../../format/visible";
import { TokenCount } from "../../ui/figures";
import type { Thread } from "./source";

/** A thread that a call began. */
export function ThreadLine({ thread }: { thread: Thread }) {
    return (
        <section class="thread" aria-label={`Thread ${thread.number}`}>
            <a href={`?thread=${thread.number}`}>
                {thread.kind === "subagent" ? "Sub-agent" : "Thread"} {thread.number}
            </a>{" "}
            {thread.title !== null && <span>{visibleLine(thread.title)}</span>}{" "}
            <span class="muted">
                {thread.turns} turns, <TokenCount tokens={thread.tokens} /> tokens
            </span>
        </section>
    );
}
