import assert from "node:assert/strict";
import test from "node:test";
import { eventWords } from "../src/views/exchange/event-words";

test("what an event adds is found where its API puts it", () => {
    const events: [string, string | null][] = [
        ['{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi "}}', "Hi "],
        ['{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"so"}}', "so"],
        ['{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\\"a\\""}}', '{"a"'],
        ['{"type":"response.output_text.delta","delta":"ho"}', "ho"],
        ['{"choices":[{"index":0,"delta":{"content":"You "}}]}', "You "],
        ['{"choices":[{"delta":{"content":"","reasoning_content":"hm"}}]}', "hm"],
        ['{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{}"}}]}}]}', "{}"],
        ['{"message":{"role":"assistant","content":"a"},"done":false}', "a"],
        ['{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"AA"},{"text":"Hello"}]}}]}', "Hello"],
        ['{"response":{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}}', "f"],
        ['{"candidates":[{"finishReason":"STOP"}]}', null],
        ['{"type":"ping"}', null],
        ["[DONE]", null],
        ['{"choices":[],"delta":null}', null],
    ];
    for (const [data, words] of events) assert.equal(eventWords(data), words, data);
});
