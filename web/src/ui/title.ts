import { beginningOf } from "../format/beginning";
import { useEffect } from "preact/hooks";
import { visibleLine } from "../format/visible";

/** Names the view in the browser's tab and history. */
export function useTitle(text: string): void {
    useEffect(() => {
        document.title = `${beginningOf(visibleLine(text), 100)} · tapes`;
    }, [text]);
}
