import { useEffect, useState } from "preact/hooks";

/** Whether the page is being printed: lists then show more than the window. */
export function usePrinting(): boolean {
    const [printing, setPrinting] = useState(() => matchMedia("print").matches);
    useEffect(() => {
        const media = matchMedia("print");
        const read = () => setPrinting(media.matches);
        const begin = () => setPrinting(true);
        const end = () => setPrinting(false);
        media.addEventListener("change", read);
        // Chromium lays a page out for printing right behind this event.
        window.addEventListener("beforeprint", begin);
        window.addEventListener("afterprint", end);
        return () => {
            media.removeEventListener("change", read);
            window.removeEventListener("beforeprint", begin);
            window.removeEventListener("afterprint", end);
        };
    }, []);
    return printing;
}
