// @google/genai, driven by test_sdk_gemini.py: node gemini.mjs SCENARIO BASE_URL. Prints one JSON value.
import { GoogleGenAI } from "@google/genai";

const [scenario, baseUrl] = process.argv.slice(2);
const ai = new GoogleGenAI({ apiKey: "AIza-e2e-node-1234567890", httpOptions: { baseUrl, timeout: 15000 } });
const model = "gemini-2.5-flash";
const weather = { name: "get_weather", parametersJsonSchema: { type: "object", properties: { city: { type: "string" } } } };
const config = { systemInstruction: "Be brief.", thinkingConfig: { includeThoughts: true }, tools: [{ functionDeclarations: [weather] }] };

async function say(chat, message, stream) {
  if (!stream) return chat.sendMessage({ message });
  let last;
  const calls = [];
  let text = "";
  for await (const chunk of await chat.sendMessageStream({ message })) {
    last = chunk;
    text += chunk.text ?? "";
    calls.push(...(chunk.functionCalls ?? []));
  }
  return { text, functionCalls: calls, usageMetadata: last.usageMetadata };
}

async function talk(stream) {
  const chat = ai.chats.create({ model, config });
  await say(chat, "Hello €", stream);
  const asked = await say(chat, '[call get_weather {"city": "Tokyo"}] [call get_weather {"city": "Bonn"}]', stream);
  const results = asked.functionCalls.map((call) => ({
    functionResponse: { id: call.id, name: call.name, response: { output: "rain" } } }));
  const told = await say(chat, results, stream);
  const last = await say(chat, [{ text: "And this?" }, { inlineData: { mimeType: "image/png", data: "iVBORw0K" } }], stream);
  return { calls: asked.functionCalls.length, told: told.text, text: last.text, total: last.usageMetadata.totalTokenCount };
}

const scenarios = {
  chat: () => talk(false),
  streamedChat: () => talk(true),
};

console.log(JSON.stringify(await scenarios[scenario]()));
