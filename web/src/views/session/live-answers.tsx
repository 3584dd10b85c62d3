import type { PartialAnswer } from "../../api/live";
import { visible, visibleLine } from "../../format/visible";
import type { Message } from "./source";
import { Topic, useTold } from "./topic";
import { MessagePart } from "./turn";

interface LiveBlock {
    place: number;
    kind: string;
    tool: string | null;
    text: string;
    bytes: number;
}

interface LiveAnswer {
    exchange: string;
    model: string | null;
    blocks: LiveBlock[];
    cut: boolean;
}

const encoder = new TextEncoder();

/** What a transcript does not have yet, as events tell it: answers that are still coming, and messages that were committed. */
export class LiveAnswerStore {
    readonly changed = new Topic();
    answers: readonly LiveAnswer[] = [];
    messages: readonly Message[] = [];

    take(event: PartialAnswer): void {
        const before = this.answers.find((one) => one.exchange === event.exchange);
        const blocks = [...(before?.blocks ?? [])];
        for (const piece of event.blocks) {
            const at = blocks.findIndex((one) => one.place === piece.place);
            const known = at < 0 ? null : (blocks[at] ?? null);
            const bytes = piece.offset + encoder.encode(piece.text).length;
            // What came before this page listened is missing: it is there once the answer is stored.
            const text = piece.offset === 0 ? piece.text : `${known === null ? "…" : known.text}${piece.text}`;
            const made = { place: piece.place, kind: piece.kind, tool: piece.tool, text, bytes };
            if (at < 0) blocks.push(made);
            else blocks[at] = made;
        }
        blocks.sort((left, right) => left.place - right.place);
        const answer = {
            exchange: event.exchange,
            model: event.model ?? null,
            blocks,
            cut: (event.cut ?? false) || (event.over ?? false),
        };
        this.answers = before ? this.answers.map((one) => (one === before ? answer : one)) : [...this.answers, answer];
        this.changed.tell();
    }

    /** An exchange was committed, and these are its messages and those before it that the transcript lacks. */
    show(exchange: string, messages: readonly Message[]): void {
        this.messages = messages;
        this.answers = this.answers.filter((one) => one.exchange !== exchange);
        this.changed.tell();
    }

    /** Messages that the transcript has now are shown there. */
    forget(isThere: (hash: string) => boolean): void {
        const rest = this.messages.filter((one) => !isThere(one.hash));
        if (rest.length === this.messages.length) return;
        this.messages = rest;
        this.changed.tell();
    }

    /** The answer stands in the transcript now, or will not. */
    end(exchange: string): void {
        const rest = this.answers.filter((one) => one.exchange !== exchange);
        if (rest.length === this.answers.length) return;
        this.answers = rest;
        this.changed.tell();
    }

    clear(): void {
        this.answers = [];
        this.messages = [];
        this.changed.tell();
    }
}

const names: Record<string, string> = { thinking: "Thinking", tool_call: "Call", refusal: "Refusal" };

export function LiveAnswers({ store }: { store: LiveAnswerStore }) {
    const answers = useTold(store.changed, () => store.answers);
    const messages = useTold(store.changed, () => store.messages);
    return (
        <div class="live-answers">
            {messages.map((message) => (
                <MessagePart key={message.hash} message={message} />
            ))}
            {answers.map((answer) => (
                <section
                    key={answer.exchange}
                    class="message message-assistant"
                    aria-label="Answer in progress"
                    aria-busy="true"
                >
                    <header class="message-head">
                        <span class="role">Assistant</span>
                        <span class="muted">{answer.model === null ? "" : visibleLine(answer.model)} is answering</span>
                    </header>
                    {answer.blocks.map((block, index) => (
                        <div
                            key={block.place}
                            class={`block block-${block.kind === "tool_call" ? "tool_call" : "text"}`}
                        >
                            {Object.hasOwn(names, block.kind) && (
                                <span class="muted">
                                    {names[block.kind]}
                                    {block.tool !== null && ` of ${visibleLine(block.tool)}`}:{" "}
                                </span>
                            )}
                            <pre class={block.kind === "tool_call" ? "output" : `text live-${block.kind}`}>
                                {visible(block.text)}
                                {index === answer.blocks.length - 1 && <span class="caret" aria-hidden="true" />}
                            </pre>
                        </div>
                    ))}
                    {answer.blocks.length === 0 && <span class="caret" aria-hidden="true" />}
                    {answer.cut && (
                        <p class="muted">
                            More has come than is shown here. All of it stands here once the answer has ended.
                        </p>
                    )}
                </section>
            ))}
        </div>
    );
}
