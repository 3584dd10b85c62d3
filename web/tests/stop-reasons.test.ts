import assert from "node:assert/strict";
import test from "node:test";
import { isRefusal, isUsualStop } from "../src/format/stop-reasons";

test("an answer that came to its own end is told from one that was cut short or held back", () => {
    for (const reason of ["stop", "end_turn", "tool_use", "tool_calls", "completed", "STOP"]) {
        assert.ok(isUsualStop(reason) && !isRefusal(reason), reason);
    }
    for (const reason of ["length", "max_tokens", "MAX_TOKENS", "pending", "pause_turn", "__proto__"]) {
        assert.ok(!isUsualStop(reason) && !isRefusal(reason), reason);
    }
    for (const reason of ["refusal", "content_filter", "guardrail_intervened", "SAFETY", "PROHIBITED_CONTENT"]) {
        assert.ok(!isUsualStop(reason) && isRefusal(reason), reason);
    }
});
