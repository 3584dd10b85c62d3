import type { Branch } from "./lanes";

export type Cause = NonNullable<Branch["cause"]>;

/** What makes a branch (docs/reading.md, "Sessions and threads"): its sign, one word, and what that means. */
export const causes: Record<Cause, { sign: string; word: string; meaning: string }> = {
    retry: { sign: "↻", word: "retry", meaning: "another answer to the same request" },
    edit: { sign: "✎", word: "edit", meaning: "the message was written anew" },
    continuation: { sign: "→", word: "continuation", meaning: "another question was put there" },
    client: { sign: "⚙", word: "client", meaning: "the client changed the history itself" },
};

export const kinds: Record<"main" | "subagent" | "side", string> = {
    main: "conversation",
    subagent: "sub-agent",
    side: "side query",
};
