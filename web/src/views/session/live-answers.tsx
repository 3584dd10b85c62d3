import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { PartialAnswer } from "../../api/live";
import { visible, visibleLine } from "../../format/visible";
import type { Asked } from "./live-places";
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
    startedAt: string;
    model: string | null;
    blocks: LiveBlock[];
    cut: boolean;
    /** It is stored, and its transcript is about to have it. */
    stored: boolean;
    asked: Asked;
    /** The id of the call that began its thread; null: it is none of those that are known, or of the thread itself. */
    call: string | null;
}

const noAnswers: readonly LiveAnswer[] = [];

const encoder = new TextEncoder();

/** What a transcript does not have yet, as events tell it: answers that are still coming, and messages that were committed. */
export class LiveAnswerStore {
    readonly changed = new Topic();
    answers: readonly LiveAnswer[] = [];
    messages: readonly Message[] = [];
    /** Those that stand within a call, by its id, and at the end. */
    private placed = new Map<string | null, readonly LiveAnswer[]>();

    /** `place` tells the call within which an answer stands. */
    constructor(private readonly place: (asked: Asked, messages: readonly Message[]) => string | null) {}

    /** The answers within a call, or (null) at the end. */
    of(call: string | null): readonly LiveAnswer[] {
        return this.placed.get(call) ?? noAnswers;
    }

    one(exchange: string): LiveAnswer | null {
        return this.answers.find((one) => one.exchange === exchange) ?? null;
    }

    /** More of the transcript is known: answers may belong elsewhere. */
    placeAnew(): void {
        const before = this.answers;
        const made = before.map((one) => {
            const call = one.call ?? this.place(one.asked, this.messages);
            return call === one.call ? one : { ...one, call };
        });
        if (made.some((one, index) => one !== before[index])) this.set(made);
    }

    private set(answers: readonly LiveAnswer[]): void {
        const made = new Map<string | null, LiveAnswer[]>();
        for (const one of answers) made.set(one.call, [...(made.get(one.call) ?? []), one]);
        // A list in which nothing has changed stays the same one.
        const kept = new Map<string | null, readonly LiveAnswer[]>();
        for (const [call, list] of made) {
            const old = this.of(call);
            const same = old.length === list.length && list.every((one, index) => one === old[index]);
            kept.set(call, same ? old : list);
        }
        this.answers = answers;
        this.placed = kept;
        this.changed.tell();
    }

    take(event: PartialAnswer): void {
        const before = this.answers.find((one) => one.exchange === event.exchange);
        if (!before && event.blocks.length === 0) return;
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
        const asked = {
            agent_id: event.agent_id ?? null,
            parent_agent_id: event.parent_agent_id ?? null,
            opening: event.opening ?? before?.asked.opening ?? [],
        };
        const answer = {
            exchange: event.exchange,
            startedAt: event.started_at,
            model: event.model ?? null,
            blocks,
            cut: (event.cut ?? false) || (event.over ?? false),
            stored: before?.stored ?? false,
            asked,
            // Looked for once, and again when more of the transcript is known: pieces come many times a second.
            call: before ? before.call : this.place(asked, this.messages),
        };
        this.set(before ? this.answers.map((one) => (one === before ? answer : one)) : [...this.answers, answer]);
    }

    /** An answer is stored, and stands here until its transcript has it. */
    markStored(exchange: string): void {
        this.set(this.answers.map((one) => (one.exchange === exchange ? { ...one, stored: true } : one)));
    }

    /** An exchange was committed, and these are its messages and those before it that the transcript lacks. */
    show(exchange: string, messages: readonly Message[]): void {
        this.messages = messages;
        this.set(this.answers.filter((one) => one.exchange !== exchange));
        this.placeAnew();
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
        if (rest.length !== this.answers.length) this.set(rest);
    }

    clear(): void {
        this.messages = [];
        this.set([]);
    }
}

export const LiveContext = createContext<LiveAnswerStore | null>(null);

const names: Record<string, string> = { thinking: "Thinking", tool_call: "Call", refusal: "Refusal" };

export function LiveAnswers({ store }: { store: LiveAnswerStore }) {
    const answers = useTold(store.changed, () => store.of(null));
    const messages = useTold(store.changed, () => store.messages);
    return (
        <div class="live-answers">
            {messages.map((message) => (
                <MessagePart key={message.hash} message={message} />
            ))}
            {answers.map((answer) => (
                <AnswerInProgress key={answer.exchange} answer={answer} />
            ))}
        </div>
    );
}

/** Answers within the call that began their thread. */
export function LiveAnswersOfCall({ call }: { call: string }) {
    const store = useContext(LiveContext);
    return store === null ? null : <AnswersOfCall store={store} call={call} />;
}

function AnswersOfCall({ store, call }: { store: LiveAnswerStore; call: string }) {
    const answers = useTold(store.changed, () => store.of(call));
    if (answers.length === 0) return null;
    return (
        <div class="live-answers live-in-call">
            {answers.map((answer) => (
                <AnswerInProgress key={answer.exchange} answer={answer} />
            ))}
        </div>
    );
}

function AnswerInProgress({ answer }: { answer: LiveAnswer }) {
    const caret = !answer.stored && <span class="caret" aria-hidden="true" />;
    return (
        <section
            class="message message-assistant"
            aria-label={answer.call === null ? "Answer in progress" : "Answer of a sub-agent in progress"}
            aria-busy={!answer.stored}
        >
            <header class="message-head">
                <span class="role">{answer.call === null ? "Assistant" : "Sub-agent"}</span>
                <span class="muted">
                    {answer.model === null ? "" : visibleLine(answer.model)}{" "}
                    {answer.stored ? "answered" : "is answering"}
                </span>
            </header>
            {answer.blocks.map((block, index) => (
                <div key={block.place} class={`block block-${block.kind === "tool_call" ? "tool_call" : "text"}`}>
                    {Object.hasOwn(names, block.kind) && (
                        <span class="muted">
                            {names[block.kind]}
                            {block.tool !== null && ` of ${visibleLine(block.tool)}`}:{" "}
                        </span>
                    )}
                    <pre class={block.kind === "tool_call" ? "output" : `text live-${block.kind}`}>
                        {visible(block.text)}
                        {index === answer.blocks.length - 1 && caret}
                    </pre>
                </div>
            ))}
            {answer.blocks.length === 0 && caret}
            {answer.cut && (
                <p class="muted">More has come than is shown here. All of it stands here once the answer has ended.</p>
            )}
        </section>
    );
}
