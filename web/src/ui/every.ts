import { useEffect, useRef } from "preact/hooks";

/** Calls `run` every so many milliseconds while the page is seen, and at once when it is seen again. */
export function useEvery(ms: number, run: () => void): void {
    const latest = useRef(run);
    latest.current = run;
    useEffect(() => {
        let last = Date.now();
        const call = () => {
            if (document.visibilityState !== "visible" || Date.now() - last < ms - 50) return;
            last = Date.now();
            latest.current();
        };
        const timer = setInterval(call, ms);
        document.addEventListener("visibilitychange", call);
        return () => {
            clearInterval(timer);
            document.removeEventListener("visibilitychange", call);
        };
    }, [ms]);
}
