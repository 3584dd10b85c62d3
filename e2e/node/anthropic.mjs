// @anthropic-ai/sdk, driven by test_sdk_anthropic.py: node anthropic.mjs SCENARIO BASE_URL. Prints one JSON value.
import Anthropic from "@anthropic-ai/sdk";

const [scenario, baseURL] = process.argv.slice(2);
const client = new Anthropic({ baseURL, apiKey: "sk-ant-e2e-node-1234567890", maxRetries: 0, timeout: 15000 });
const base = { model: "claude-haiku-4-5", max_tokens: 1000 };
const ask = (content) => [{ role: "user", content }];
const tools = [{
  name: "get_weather",
  input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
}];
const textOf = (message) => message.content.map((block) => block.text ?? "").join("");

async function turn(request, stream, options) {
  return stream ? client.messages.stream({ ...base, ...request }, options).finalMessage()
                : client.messages.create({ ...base, ...request }, options);
}

async function roundTrip(stream) {
  const messages = ask("Weather in Tokyo?");
  const options = { headers: { "X-Mock-Tool-Calls": "2", "X-Mock-Thinking": "1" } };
  const first = await turn({ messages, tools }, stream, options);
  messages.push({ role: first.role, content: first.content });
  messages.push({ role: "user", content: first.content.filter((block) => block.type === "tool_use").map(
    (call) => ({ type: "tool_result", tool_use_id: call.id, content: "rain" })) });
  const final = await turn({ messages, tools }, stream);
  return { kinds: first.content.map((block) => block.type), stop: first.stop_reason, text: textOf(final) };
}

const scenarios = {
  async create() {
    const result = await turn({ messages: ask("2+2?"), system: "Be brief." }, false);
    return { text: textOf(result), stop: result.stop_reason, usage: result.usage };
  },

  async stream() {
    const result = await turn({ messages: ask("2+2?"), system: "Be brief." }, true);
    return { text: textOf(result), stop: result.stop_reason, usage: result.usage };
  },

  async tools() {
    return roundTrip(false);
  },

  async streamedTools() {
    return roundTrip(true);
  },

  async error() {
    try {
      await turn({ messages: ask("x") }, false, { headers: { "X-Mock-Status": "529" } });
      return { status: null };
    } catch (error) {
      return { status: error.status, type: error.error?.error?.type ?? null, requestID: error.requestID ?? null };
    }
  },

  async countTokens() {
    return client.messages.countTokens({ model: base.model, messages: ask("2+2?") });
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
