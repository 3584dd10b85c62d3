import { flushSync } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import type { Reader } from "./reader";

/** Whether the page is being printed: then everything that is loaded is shown, and everything is open. */
export function usePrinting(reader: Reader): boolean {
    const [printing, setPrinting] = useState(false);
    useEffect(() => {
        const media = matchMedia("print");
        const set = (on: boolean) =>
            flushSync(() => {
                reader.setKindOpen("", on ? true : null);
                setPrinting(on);
            });
        const before = () => set(true);
        const after = () => set(false);
        const changed = () => set(media.matches);
        window.addEventListener("beforeprint", before);
        window.addEventListener("afterprint", after);
        media.addEventListener("change", changed);
        return () => {
            window.removeEventListener("beforeprint", before);
            window.removeEventListener("afterprint", after);
            media.removeEventListener("change", changed);
        };
    }, [reader]);
    return printing;
}
