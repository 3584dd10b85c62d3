// openai-node, driven by test_sdk_node.py: node client.mjs SCENARIO BASE_URL. Prints one JSON value.
import OpenAI from "openai";

const [scenario, baseURL] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "sk-e2e-node-1234567890", maxRetries: 0, timeout: 15000 });
const model = "gpt-4o";
const ask = (content) => [{ role: "user", content }];
const tools = [{
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
}];

async function collect(stream) {
  let text = "";
  let usage = null;
  for await (const event of stream) {
    usage = event.usage ?? usage;
    text += event.choices[0]?.delta?.content ?? "";
  }
  return { text, usage };
}

async function failing(stream) {
  try {
    const result = await client.chat.completions.create({ model, messages: ask("x"), stream });
    if (stream) {
      await collect(result);
    }
    return { name: "none" };
  } catch (error) {
    return { name: error.constructor.name, status: error.status ?? null, message: error.message,
             requestID: error.requestID ?? null };
  }
}

const scenarios = {
  async chat() {
    const result = await client.chat.completions.create({ model, messages: ask("2+2?") });
    return { text: result.choices[0].message.content, finish: result.choices[0].finish_reason, usage: result.usage };
  },

  async stream() {
    return collect(await client.chat.completions.create(
      { model, messages: ask("2+2?"), stream: true, stream_options: { include_usage: true } }));
  },

  async tools() {
    const messages = ask("Weather in Tokyo and Paris?");
    const first = await client.chat.completions.create({ model, messages, tools });
    const said = first.choices[0].message;
    messages.push(said);
    for (const call of said.tool_calls) {
      messages.push({ role: "tool", tool_call_id: call.id, content: "rain" });
    }
    const final = await client.chat.completions.create({ model, messages, tools });
    return { calls: said.tool_calls.map((call) => JSON.parse(call.function.arguments).city),
             text: final.choices[0].message.content };
  },

  async responses() {
    const said = await client.responses.create({ model, input: "2+2?" });
    const stream = client.responses.stream({ model, input: "2+2?" });
    return { text: said.output_text, streamed: (await stream.finalResponse()).output_text };
  },

  async responsesTools() {
    const input = ask("Weather in Tokyo?");
    const [{ type, function: weather }] = tools;
    const options = { model, tools: [{ type, strict: false, ...weather }] };
    const stream = client.responses.stream({ ...options, input }, { headers: { "X-Mock-Tool-Calls": "2" } });
    const first = await stream.finalResponse();
    input.push(...first.output);
    for (const call of first.output) {
      input.push({ type: "function_call_output", call_id: call.call_id, output: "rain" });
    }
    const final = await client.responses.create({ ...options, input });
    return { calls: first.output.map((call) => JSON.parse(call.arguments).city), text: final.output_text };
  },

  async responsesPrevious() {
    const first = await client.responses.create({ model, input: "one" });
    const second = await client.responses.create({ model, input: "two", previous_response_id: first.id });
    return { first: first.id, second: second.id, previous: second.previous_response_id };
  },

  async error() {
    return failing(false);
  },

  async streamError() {
    return failing(true);
  },

  async abort() {
    const stream = await client.chat.completions.create({ model, messages: ask("count"), stream: true });
    let text = "";
    for await (const event of stream) {
      text += event.choices[0]?.delta?.content ?? "";
      if (text.endsWith("5 ")) {
        stream.controller.abort();
        break;
      }
    }
    return { text };
  },
};

console.log(JSON.stringify(await scenarios[scenario]()));
