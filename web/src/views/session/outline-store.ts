import { isAboutEarlier } from "../../format/drop-reasons";
import { isRefusal } from "../../format/stop-reasons";
import { visibleLine } from "../../format/visible";
import { atRest } from "../../ui/rest";
import type { Block, Entry, Exchange, Message, TranscriptSource } from "./source";
import { Topic } from "./topic";
import { blockKey } from "./turns";

export type OutlineKind = "prompt" | "error" | "dropped" | "refusal" | "fork" | "thread" | "compaction";

export interface OutlineEntry {
    kind: OutlineKind;
    /** The name of its element: a block's key, or as exchangeKey and forkKey make it. */
    key: string;
    turn: number;
    text: string;
    /** Of the context: a prompt with all that follows up to the next one, a result that is an error, a summary. */
    bytes: number;
}

export const exchangeKey = (exchange: Exchange) => `exchange.${exchange.id}`;
export const forkKey = (node: number) => `fork.${node}`;

const pageTurns = 100;
const textBytes = 200;

/** What an outline names of some entries. Returns how many bytes of content they have. */
class OutlineMaker {
    readonly entries: OutlineEntry[] = [];
    bytes = 0;
    last: string | null = null;
    private turn = 0;
    private prompt: OutlineEntry | null = null;
    private calls = new Map<string, string>();

    take(entries: readonly Entry[]): void {
        for (const one of entries) {
            if (one.type === "message") this.message(one);
            else if (one.type === "exchange") this.exchange(one);
            else if (one.type === "fork")
                this.add(
                    "fork",
                    forkKey(one.node),
                    one.branches.length + one.more_branches === 1
                        ? "Another branch"
                        : `${one.branches.length + one.more_branches} other branches`,
                );
            else
                this.add(
                    "thread",
                    this.calls.get(one.call_id ?? "") ?? this.last ?? "",
                    one.title ?? `Thread ${one.number}`,
                );
        }
    }

    private add(kind: OutlineKind, key: string, text: string, bytes = 0): OutlineEntry {
        const made = { kind, key, turn: Math.max(this.turn, 1), text: visibleLine(text), bytes };
        this.entries.push(made);
        return made;
    }

    private message(message: Message): void {
        this.turn = message.turn;
        this.bytes += message.bytes;
        const typed =
            message.role === "user"
                ? message.blocks.find((one) => one.kind === "text" && one.text.trim() !== "")
                : undefined;
        if (typed) this.prompt = this.add("prompt", blockKey(message, typed), typed.text);
        if (this.prompt) this.prompt.bytes += message.bytes;
        for (const block of message.blocks) this.block(message, block);
        this.last = `${message.hash}.${message.blocks[0]?.place ?? 0}`;
    }

    private block(message: Message, block: Block): void {
        const key = blockKey(message, block);
        if (block.call_id) this.calls.set(block.call_id, key);
        if (block.kind === "refusal") this.add("refusal", key, block.text);
        if (block.kind === "compaction") this.add("compaction", key, "Compaction", block.text_bytes);
        const results = block.results ?? [];
        const results_bytes = results.reduce((sum, one) => sum + one.text_bytes + (one.image_bytes ?? 0), 0);
        this.bytes += results_bytes;
        if (this.prompt) this.prompt.bytes += results_bytes;
        const failed = block.kind === "tool_result" && block.error ? block : results.find((one) => one.error);
        if (failed) this.add("error", key, `${block.tool ?? "Tool"}: ${failed.text}`, failed.text_bytes);
    }

    private exchange(exchange: Exchange): void {
        if (exchange.drop_reason !== null) {
            if (isAboutEarlier(exchange.drop_reason)) return;
            this.add(
                "dropped",
                exchangeKey(exchange),
                `${exchange.status ?? ""} ${exchange.path ?? ""} ${exchange.drop_reason}`,
            );
        } else if (exchange.stop_reason !== null && isRefusal(exchange.stop_reason)) {
            this.add("refusal", this.last ?? "", "Refused");
        } else if (exchange.end_reason !== null && exchange.end_reason !== "complete") {
            this.add("error", this.last ?? "", `Broken off: ${exchange.end_reason}`);
        }
    }
}

interface Placed {
    turn: number;
    entry: Entry;
}

/** The outline of a whole transcript, read page by page with little of each text. */
export class OutlineStore {
    readonly changed = new Topic();
    entries: readonly OutlineEntry[] = [];
    bytes = 0;
    /** The hash of the newest message, once all was read. */
    head: string | null = null;
    whole = false;
    /** Reading ended in trouble, which the transcript tells. */
    failed = false;
    private all: Placed[] = [];
    private readonly stop = new AbortController();
    private running = false;
    private again = false;

    constructor(private readonly source: TranscriptSource) {}

    /** Reads what is not read yet, and the newest turns again. */
    async read(): Promise<void> {
        this.again = true;
        if (this.running) return;
        this.running = true;
        this.failed = false;
        try {
            while (this.again) {
                this.again = false;
                await this.readOn();
            }
        } catch {
            this.failed = !this.stop.signal.aborted;
            this.changed.tell();
        }
        this.running = false;
    }

    private async readOn(): Promise<void> {
        // The newest answer may have got results, branches and exchanges since.
        const from = Math.max(1, (this.all.at(-1)?.turn ?? 1) - 1);
        const known = this.all.find((one) => one.turn === from && one.entry.type === "message");
        const kept = this.all.filter((one) => one.turn < from);
        const maker = new OutlineMaker();
        maker.take(kept.map((one) => one.entry));
        let cursor: string | null = null;
        let turn = from;
        do {
            await atRest();
            const page = await this.source.page({ from, turns: pageTurns, cursor, textBytes }, this.stop.signal);
            const first = page.entries.find((one) => one.type === "message");
            if (cursor === null && from > 1 && hashOf(first) !== hashOf(known?.entry)) {
                // The thread goes on from another branch now.
                this.all = [];
                this.again = true;
                return;
            }
            for (const entry of page.entries) {
                if (entry.type === "message") turn = Math.max(turn, entry.turn);
                kept.push({ turn, entry });
            }
            maker.take(page.entries);
            cursor = page.next;
            this.all = kept;
            this.show(maker, cursor === null);
        } while (cursor !== null);
    }

    private show(maker: OutlineMaker, whole: boolean): void {
        this.entries = [...maker.entries];
        this.bytes = maker.bytes;
        this.head = whole ? (maker.last?.split(".")[0] ?? null) : null;
        this.whole = whole;
        this.changed.tell();
    }

    close(): void {
        this.stop.abort();
    }
}

function hashOf(entry: Entry | undefined): string | null {
    return entry?.type === "message" ? entry.hash : null;
}
