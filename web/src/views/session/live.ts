import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { liveBegan, useLive } from "../../api/live";
import { atRest } from "../../ui/rest";
import { CommittedNodes } from "./committed";
import { LiveAnswerStore } from "./live-answers";
import { callOf } from "./live-places";
import type { OutlineStore } from "./outline-store";
import type { Reader } from "./reader";
import type { Thread } from "./source";

/** When to look again for what an event told, in ms: the catalogue, by which sessions and threads are known, follows the log. */
const pauses = [0, 60, 120, 250, 500, 1000, 2000, 4000, 8000];

/** The first transcript is asked for before events begin (views/ahead.ts): what is committed in between is told by nobody. */
let mayLackEvents = true;

interface Awaited {
    isThere: () => boolean;
    looks: number;
}

/** Reads a transcript again until it has what was committed. */
class Follower {
    private readonly awaited = new Map<string, Awaited>();
    private running = false;
    private ended = false;
    private round = 0;
    private wake: () => void = () => {};

    constructor(
        private readonly reader: Reader,
        /** Called when the transcript has an exchange, or is not expected any more to have it. */
        private readonly onTaken: (exchange: string) => void,
        /** Called when the transcript was read again. */
        private readonly onRead: () => void,
    ) {}

    /** `isThere` tells whether the transcript has the exchange. */
    expect(exchange: string, isThere: () => boolean): void {
        this.awaited.set(exchange, { isThere, looks: 0 });
        this.round = 0;
        this.wake();
        if (!this.running) void this.run();
    }

    end(): void {
        this.ended = true;
        this.awaited.clear();
        this.wake();
    }

    private async run(): Promise<void> {
        this.running = true;
        while (this.awaited.size > 0 && !this.ended) {
            const pause = pauses[Math.min(this.round++, pauses.length - 1)];
            await new Promise<void>((resolve) => {
                this.wake = resolve;
                setTimeout(resolve, pause);
            });
            if (this.ended) break;
            await this.reader.turns.refresh();
            if (this.ended) break;
            for (const [exchange, one] of this.awaited) {
                if (!one.isThere() && ++one.looks < pauses.length) continue;
                this.awaited.delete(exchange);
                this.onTaken(exchange);
            }
            this.onRead();
        }
        this.running = false;
    }
}

function isSince(thread: Thread, moment: string | null): boolean {
    return moment !== null && thread.last_at !== null && thread.last_at >= moment;
}

/** Follows a session, by its name: takes in what is committed, and answers while they come. A chain, without a name, does not change. */
export function useSessionLive(
    session: string | null,
    reader: Reader,
    outline: OutlineStore,
    onExchange?: () => void,
): LiveAnswerStore {
    const latest = useRef(onExchange);
    latest.current = onExchange;
    const store = useMemo(
        () => new LiveAnswerStore((asked, messages) => callOf(asked, [...messages, ...reader.newestFirst()])),
        [reader],
    );
    useLayoutEffect(() => reader.turns.changed.subscribe(() => store.placeAnew()), [reader, store]);
    const committed = useMemo(() => new CommittedNodes(), [reader]);
    const follower = useMemo(
        () =>
            new Follower(
                reader,
                (exchange) => {
                    store.end(exchange);
                    latest.current?.();
                    void outline.read();
                },
                () => store.forget((hash) => reader.turns.find(hash) !== null),
            ),
        [reader, outline],
    );
    useEffect(() => () => follower.end(), [follower]);
    useEffect(() => {
        if (session === null || !mayLackEvents) return;
        let gone = false;
        const readAgain = async () => {
            await Promise.all([liveBegan, reader.turns.whenAt(1)]);
            await atRest();
            // Where its end is not loaded, it is read later.
            if (!gone && reader.turns.lastHash() !== null) await reader.turns.refresh();
            mayLackEvents = false;
        };
        void readAgain();
        return () => {
            gone = true;
        };
    }, [session, reader]);
    useLive({
        node: (event) => committed.take(event),
        exchange: (event) => {
            if (session === null || event.session !== session) return;
            // The question of an answer whose stream is still coming: that goes on to be shown.
            const pending = event.stop_reason === "pending" && !event.amended;
            const taken = pending ? `question of ${event.id}` : event.id;
            const last = reader.turns.lastHash();
            if (last !== null && event.hash !== null) {
                const messages = committed.between(last, event.hash);
                if (messages.length > 0) store.show(taken, messages);
            }
            const { hash } = event;
            const call = store.one(event.id)?.call ?? null;
            if (call === null) {
                follower.expect(taken, () =>
                    hash === null ? reader.turns.hasExchange(event.id) : reader.turns.find(hash) !== null,
                );
                return;
            }
            // Of a sub-agent the transcript has the thread, and how far that has come.
            if (!pending) store.markStored(event.id);
            follower.expect(taken, () =>
                reader
                    .newestFirst()
                    .some((one) => one.type === "thread" && one.call_id === call && isSince(one, event.started_at)),
            );
        },
        partial: (event) => {
            if (session !== null && event.session === session) store.take(event);
        },
        reset: () => {
            store.clear();
            committed.clear();
            reader.turns.reload();
            void outline.read();
        },
    });
    return store;
}
