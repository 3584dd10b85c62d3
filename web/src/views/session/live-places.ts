import type { PartialAnswer } from "../../api/live";
import type { Entry } from "./source";

/** What tells where an answer that is still coming belongs. */
export type Asked = Pick<PartialAnswer, "agent_id" | "parent_agent_id" | "opening">;

/** Whether the arguments of a call, which may be cut, have a text as one of their values. */
function holds(argumentsText: string, { text, cut }: { text: string; cut: boolean }): boolean {
    const written = JSON.stringify(text);
    if (cut) return argumentsText.includes(written.slice(0, -1));
    for (let at = argumentsText.indexOf(written); at >= 0; at = argumentsText.indexOf(written, at + 1))
        if (argumentsText[at + written.length] !== ":") return true; // else it is the name of one
    return false;
}

/**
 * The id of the call in which the thread of an answer was begun: that of the thread with the same agent's id, else a call
 * that was given what the history begins with, else the call of the agent that began this one. Null where none is known.
 * `entries` are those of the transcript, the newest first.
 */
export function callOf(asked: Asked, entries: readonly Entry[]): string | null {
    const ofAgent = (id: string) => {
        const thread = entries.find((one) => one.type === "thread" && one.agent_id === id);
        return thread?.type === "thread" ? thread.call_id : null;
    };
    const own = asked.agent_id ? ofAgent(asked.agent_id) : null;
    if (own !== null) return own;
    for (const entry of entries) {
        if (entry.type !== "message") continue;
        for (const block of entry.blocks) {
            if (block.kind !== "tool_call" || !block.call_id) continue;
            if (asked.opening?.some((one) => holds(block.text, one))) return block.call_id;
        }
    }
    return asked.parent_agent_id ? ofAgent(asked.parent_agent_id) : null;
}
