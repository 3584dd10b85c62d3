import { useEffect, useMemo } from "preact/hooks";
import { useLive } from "../../api/live";
import { LiveAnswerStore } from "./live-answers";
import type { OutlineStore } from "./outline-store";
import type { Reader } from "./reader";

/** When to look again for what an event told: sessions and threads are known a little after the commit. */
const pauses = [0, 60, 250, 1000];

/** Follows a session, by its name: takes in what is committed, and answers while they come. A chain, without a name, does not change. */
export function useSessionLive(
    session: string | null,
    reader: Reader,
    outline: OutlineStore,
    onExchange?: () => void,
): LiveAnswerStore {
    const store = useMemo(() => new LiveAnswerStore(), [reader]);
    const stop = useMemo(() => new AbortController(), [reader]);
    useEffect(() => () => stop.abort(), [stop]);
    const takeIn = async (exchange: string, hash: string | null) => {
        for (const pause of pauses) {
            await new Promise((resolve) => setTimeout(resolve, pause));
            if (stop.signal.aborted) return;
            await reader.turns.refresh();
            if (hash !== null && reader.turns.find(hash) !== null) break;
        }
        store.end(exchange);
        onExchange?.();
        void outline.read();
    };
    useLive({
        exchange: (event) => {
            if (session !== null && event.session === session) void takeIn(event.id, event.hash);
        },
        partial: (event) => {
            if (session !== null && event.session === session) store.take(event);
        },
        reset: () => {
            store.clear();
            reader.turns.reload();
            void outline.read();
        },
    });
    return store;
}
