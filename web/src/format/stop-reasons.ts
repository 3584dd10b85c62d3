/** Why providers say that an answer ended, as they write it (docs/mapping.md). */

/** The answer came to its own end: OpenAI, Anthropic, Bedrock, Ollama, Mistral, and Gemini's in capitals. */
const usual = new Set([
    "stop",
    "end_turn",
    "tool_use",
    "tool_calls",
    "stop_sequence",
    "completed",
    "function_call",
    "STOP",
]);

/** It was refused, or held back by a filter. */
const refused = new Set([
    "refusal",
    "content_filter",
    "content_filtered",
    "guardrail_intervened",
    "SAFETY",
    "IMAGE_SAFETY",
    "PROHIBITED_CONTENT",
    "IMAGE_PROHIBITED_CONTENT",
    "BLOCKLIST",
    "SPII",
    "RECITATION",
    "IMAGE_RECITATION",
]);

export function isUsualStop(reason: string): boolean {
    return usual.has(reason);
}

export function isRefusal(reason: string): boolean {
    return refused.has(reason);
}
