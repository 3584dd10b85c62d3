import { useEffect, useMemo } from "preact/hooks";
import { useLive } from "../../api/live";
import { LiveAnswerStore } from "./live-answers";
import type { OutlineStore } from "./outline-store";
import type { Reader } from "./reader";
import type { TranscriptSource } from "./source";

/** When to look again for what an event told: sessions and threads are known a little after the commit. */
const pauses = [0, 60, 250, 1000];

/** Follows a session: takes in what is committed, and answers while they come. Null for a chain, which does not change. */
export function useSessionLive(source: TranscriptSource, reader: Reader, outline: OutlineStore, onExchange?: () => void): LiveAnswerStore | null {
    const store = useMemo(() => (source.session === null ? null : new LiveAnswerStore()), [source]);
    const stop = useMemo(() => new AbortController(), [source]);
    useEffect(() => () => stop.abort(), [stop]);
    const takeIn = async (exchange: string, hash: string | null) => {
        for (const pause of pauses) {
            await new Promise((resolve) => setTimeout(resolve, pause));
            if (stop.signal.aborted) return;
            await reader.turns.refresh();
            if (hash !== null && reader.turns.find(hash) !== null) break;
        }
        store?.end(exchange);
        onExchange?.();
        void outline.read();
    };
    useLive({
        exchange: (event) => {
            if (source.session !== null && event.session === source.session) void takeIn(event.id, event.hash);
        },
        partial: (event) => {
            if (source.session !== null && event.session === source.session) store?.take(event);
        },
        reset: () => {
            store?.clear();
            reader.turns.reload();
            void outline.read();
        },
    });
    return store;
}
