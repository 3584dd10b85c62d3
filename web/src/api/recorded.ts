import { useEffect, useRef } from "preact/hooks";
import { useLive } from "./live";

/**
 * Calls `reload` when something was recorded, at most once in a time, and once more when nothing came for a while:
 * the catalogue, which answers most questions, follows the log a little later.
 */
export function useReloadWhenRecorded(reload: () => void, everyMs = 1000): void {
    const next = useRef<ReturnType<typeof setTimeout> | null>(null);
    const last = useRef<ReturnType<typeof setTimeout> | null>(null);
    const latest = useRef(reload);
    latest.current = reload;
    const soon = () => {
        next.current ??= setTimeout(() => {
            next.current = null;
            latest.current();
        }, everyMs);
        if (last.current !== null) clearTimeout(last.current);
        last.current = setTimeout(() => latest.current(), 3 * everyMs);
    };
    useLive({ exchange: soon, reset: soon });
    useEffect(
        () => () => {
            if (next.current !== null) clearTimeout(next.current);
            if (last.current !== null) clearTimeout(last.current);
        },
        [],
    );
}
