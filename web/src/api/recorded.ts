import { useEffect, useRef } from "preact/hooks";
import { useLive } from "./live";

/** Calls `reload` when something was recorded, at most once in a time. */
export function useReloadWhenRecorded(reload: () => void, everyMs = 1000): void {
    const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
    const latest = useRef(reload);
    latest.current = reload;
    const soon = () => {
        timer.current ??= setTimeout(() => {
            timer.current = null;
            latest.current();
        }, everyMs);
    };
    useLive({ exchange: soon, reset: soon });
    useEffect(
        () => () => {
            if (timer.current !== null) clearTimeout(timer.current);
        },
        [],
    );
}
