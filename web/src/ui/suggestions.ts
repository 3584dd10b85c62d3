import { get } from "../api/client";

/** Names of projects, agents, providers or models that the record has, the ones with most turns first. */
export function namesBy(kind: "project" | "agent" | "provider" | "model") {
    return async (signal: AbortSignal): Promise<string[]> => {
        const { usage } = await get("/v1/usage", { query: { by: kind } }, signal);
        return [...usage]
            .sort((left, right) => right.turns - left.turns)
            .map((row) => row[kind])
            .filter((name): name is string => typeof name === "string" && name !== "")
            .slice(0, 200);
    };
}
