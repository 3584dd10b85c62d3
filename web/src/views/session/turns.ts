import { asProblem, type Problem } from "../../api/client";
import { chunk, turnsFrom, type Block, type Entry, type Exchange, type Message, type Page } from "./source";
import type { TranscriptSource } from "./source";
import { Topic } from "./topic";

const none: readonly Entry[] = [];

/** A block's name in addresses: its message's hash and its place. What the client put around a text has that text's place. */
export function blockKey(message: Message, block: Block): string {
    const twin =
        block.kind === "injected" &&
        message.blocks.some((one) => one !== block && one.place === block.place && one.kind === "text");
    return `${message.hash}.${block.place}${twin ? ".injected" : ""}`;
}

export interface FoundBlock {
    turn: number;
    message: Message;
    block: Block;
    /** Those that gave the message, where it is an answer. */
    exchanges: Exchange[];
}

/**
 * The turns of a transcript that were loaded, by number from 1 on. Behind the last answer there may be more: it stands
 * under the number after the last one.
 */
export class TurnStore {
    readonly changed = new Topic();
    total: number | null = null;
    problem: Problem | null = null;
    private loaded = new Map<number, readonly Entry[]>();
    private readonly asked = new Set<number>();
    private stop = new AbortController();
    private refreshing = false;
    private again = false;

    constructor(readonly source: TranscriptSource) {}

    /** The entries of a turn, or null while they are not there. */
    at(turn: number): readonly Entry[] | null {
        return this.loaded.get(turn) ?? null;
    }

    /** Everything that is loaded, the newest turns first. */
    newestFirst(): Entry[] {
        const turns = [...this.loaded.keys()].sort((left, right) => right - left);
        return turns.flatMap((turn) => this.at(turn) ?? none);
    }

    /** The transcript's last message, or null while its end is not loaded. */
    lastHash(): string | null {
        const end = this.total ?? 0;
        const behind = this.at(end + 1);
        return (behind && (answerOf(behind) ?? answerOf(this.at(end) ?? none))?.hash) ?? null;
    }

    /** Whether an exchange is among what is loaded. */
    hasExchange(id: string): boolean {
        return this.newestFirst().some((one) => one.type === "exchange" && one.id === id);
    }

    /** How many numbers there are: a turn each, and what stands behind the last one. */
    get count(): number {
        return (this.total ?? 0) + 1;
    }

    /** Has these turns loaded. */
    want(first: number, last: number): void {
        const from = Math.floor((Math.max(first, 1) - 1) / chunk);
        const to = Math.floor((Math.max(last, 1) - 1) / chunk);
        for (let number = from; number <= to; ++number) void this.load(number);
    }

    /** Resolves once a turn is there; to null where the transcript has no such turn, or it could not be loaded. */
    async whenAt(turn: number): Promise<readonly Entry[] | null> {
        await this.load(Math.floor((Math.max(turn, 1) - 1) / chunk));
        if (this.at(turn) !== null || this.problem !== null) return this.at(turn);
        return new Promise((resolve) => {
            const quit = this.changed.subscribe(() => {
                if (this.at(turn) === null && this.problem === null && turn <= this.count) return;
                quit();
                resolve(this.at(turn));
            });
            if (this.total !== null && turn > this.count) {
                quit();
                resolve(null);
            }
        });
    }

    private async load(number: number): Promise<void> {
        const first = number * chunk + 1;
        if (this.asked.has(number) || (this.total !== null && first > this.total + 1)) return;
        this.asked.add(number);
        const { signal } = this.stop;
        try {
            const page = await this.range(first, chunk, signal);
            if (signal.aborted) return;
            this.take(page, first, first + chunk - 1);
            this.problem = null;
        } catch (error) {
            if (signal.aborted) return;
            this.asked.delete(number);
            this.problem = asProblem(error);
        }
        this.changed.tell();
    }

    /** Reads turns whole: a page that the server ended early goes on with its cursor. */
    private async range(from: number, turns: number, signal: AbortSignal): Promise<Page> {
        let page = await this.source.page(turnsFrom(from, turns), signal);
        const entries = [...page.entries];
        const beyond = (one: Entry) => one.type === "message" && one.turn >= from + turns;
        while (page.next !== null && !entries.some(beyond)) {
            page = await this.source.page({ from, turns: turns + 1, cursor: page.next }, signal);
            entries.push(...page.entries);
        }
        return { entries, next: page.next, turns: page.turns };
    }

    private take(page: Page, first: number, last: number): void {
        this.total = page.turns;
        const byTurn = byNumber(page.entries, first);
        const end = page.next === null ? page.turns + 1 : Math.min(last, page.turns + 1);
        for (let turn = first; turn <= end; ++turn) this.loaded.set(turn, byTurn.get(turn) ?? none);
    }

    /** Reads the newest turns again. Where the thread goes on from another branch now, everything is read again. */
    async refresh(): Promise<void> {
        if (this.refreshing) {
            this.again = true;
            return;
        }
        this.refreshing = true;
        const { signal } = this.stop;
        try {
            do {
                this.again = false;
                const from = Math.max(1, (this.total ?? 1) - 1);
                const page = await this.range(from, 199, signal);
                if (signal.aborted) return;
                const same = await this.isSameThread(page, from, signal);
                if (signal.aborted) return;
                if (!same) {
                    this.loaded = new Map();
                    this.asked.clear();
                }
                this.take(page, from, from + 198);
                this.changed.tell();
            } while (this.again);
        } catch {
            // The next event, or the reader, asks again; what is shown stays.
        } finally {
            this.refreshing = false;
        }
    }

    /** Whether what is loaded is still of this thread: the last answer before `from`'s end says it for all before it. */
    private async isSameThread(page: Page, from: number, signal: AbortSignal): Promise<boolean> {
        if (this.total === null || page.turns < this.total) return false;
        const known = [...this.loaded.keys()].filter((turn) => turn <= from && answerOf(this.at(turn) ?? none));
        const last = known.length === 0 ? from : known.reduce((left, right) => Math.max(left, right));
        const { entries } = last === from ? page : await this.range(last, 1, signal);
        const now = answerOf(byNumber(entries, last).get(last) ?? none);
        return answerOf(this.at(last) ?? none)?.hash === now?.hash;
    }

    /** Begins anew, also after a problem. */
    reload(): void {
        this.stop.abort();
        this.stop = new AbortController();
        this.loaded = new Map();
        this.asked.clear();
        this.problem = null;
        this.changed.tell();
        this.want(1, 1);
    }

    close(): void {
        this.stop.abort();
    }

    /** The keys of a turn's blocks in their order, where it is loaded. */
    keysOf(turn: number): string[] {
        return (this.at(turn) ?? none).flatMap((one) =>
            one.type === "message" ? one.blocks.map((block) => blockKey(one, block)) : [],
        );
    }

    /** A block by its key, or by a message's hash alone; also a result, by the message that it stands in. */
    find(key: string, turns: Iterable<number> = this.loaded.keys()): FoundBlock | null {
        for (const turn of turns) {
            const entries = this.at(turn) ?? none;
            for (const [at, entry] of entries.entries()) {
                if (entry.type !== "message") continue;
                const block =
                    entry.blocks.find((one) => blockKey(entry, one) === key) ??
                    (entry.hash === key ? entry.blocks[0] : undefined);
                if (block) return { turn, message: entry, block, exchanges: exchangesBehind(entries, at) };
            }
        }
        return null;
    }
}

function byNumber(entries: readonly Entry[], first: number): Map<number, Entry[]> {
    const made = new Map<number, Entry[]>();
    let turn = first;
    for (const one of entries) {
        if (one.type === "message") turn = Math.max(turn, one.turn);
        const list = made.get(turn);
        if (list) list.push(one);
        else made.set(turn, [one]);
    }
    return made;
}

function answerOf(entries: readonly Entry[]): Message | undefined {
    return entries.filter((one): one is Message => one.type === "message").pop();
}

function exchangesBehind(entries: readonly Entry[], at: number): Exchange[] {
    const found: Exchange[] = [];
    for (const one of entries.slice(at + 1)) {
        if (one.type !== "exchange") break;
        found.push(one);
    }
    return found;
}
