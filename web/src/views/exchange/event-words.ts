import { readJson, type JsonValue } from "../../format/json-text";

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
    return value?.kind === "object" ? value.members.find((one) => one.name === name)?.value : undefined;
}

function words(value: JsonValue | undefined): string | null {
    return value?.kind === "string" && value.text !== "" ? value.text : null;
}

/** Where the APIs put what an event adds: the first of these that says something. */
const places = [
    ["delta", "text"],
    ["delta", "thinking"],
    ["delta", "partial_json"],
    ["delta", "reasoningContent", "text"],
    ["delta", "toolUse", "input"],
    ["delta"],
    ["message", "content"],
    ["message", "thinking"],
    ["response"],
];
/** The same within `choices[0].delta` (OpenAI's Chat Completions). */
const choicePlaces = ["content", "reasoning_content", "reasoning", "refusal"];

/** What a chunk of Gemini's adds: the first text, or the name of a call, in the first candidate's parts. */
function candidateWords(chunk: JsonValue): string | null {
    const candidates = member(chunk, "candidates");
    const content = candidates?.kind === "array" ? member(candidates.items[0], "content") : undefined;
    const parts = member(content, "parts");
    for (const part of parts?.kind === "array" ? parts.items : []) {
        const found = words(member(part, "text")) ?? words(member(member(part, "functionCall"), "name"));
        if (found !== null) return found;
    }
    return null;
}

/** What a streamed event adds to the answer, where that is known; null otherwise. */
export function eventWords(data: string): string | null {
    const value = readJson(data);
    if (value?.kind !== "object") return null;
    for (const path of places) {
        const found = words(path.reduce<JsonValue | undefined>(member, value));
        if (found !== null) return found;
    }
    const choices = member(value, "choices");
    const choice = choices?.kind === "array" ? choices.items[0] : undefined;
    const completion = words(member(choice, "text"));
    if (completion !== null) return completion;
    const delta = member(choice, "delta");
    for (const name of choicePlaces) {
        const found = words(member(delta, name));
        if (found !== null) return found;
    }
    const calls = member(delta, "tool_calls");
    if (calls?.kind === "array") return words(member(member(calls.items[0], "function"), "arguments"));
    return candidateWords(member(value, "response") ?? value);
}
