// openai-node polls a response in the background, resumes a stream that broke, and goes on.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "sk-e2e-node-1234567890", maxRetries: 0 });
const model = "gpt-4o";

async function poll(id) {
    for (;;) {
        const got = await client.responses.retrieve(id);
        if (got.status !== "queued" && got.status !== "in_progress") return got;
        await new Promise((done) => setTimeout(done, 20));
    }
}

const begun = await client.responses.create({ model, input: "deep question", background: true });
const polled = await poll(begun.id);

let id, last, resumed;
try {
    const events = await client.responses.create(
        { model, input: "a rather long question", background: true, stream: true },
        { headers: { "X-Mock-Cut": "6", "X-Mock-Event-Delay-Ms": "20" } },
    );
    for await (const event of events) {
        id ??= event.response.id;
        last = event.sequence_number;
    }
} catch {
    // The connection was cut.
}
for await (const event of await client.responses.retrieve(id, { stream: true, starting_after: last })) {
    if (event.type === "response.completed") resumed = event.response;
}
const text = (response) => response.output.flatMap((item) => item.content).map((part) => part.text).join("");
const next = await client.responses.create({ model, input: "next", previous_response_id: begun.id });
console.log(JSON.stringify({ polled: text(polled), resumed: text(resumed), next: text(next) }));
