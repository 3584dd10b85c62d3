import { useEffect } from "preact/hooks";
import { visibleLine } from "../format/visible";

/** Names the view in the browser's tab and history. */
export function useTitle(text: string): void {
    useEffect(() => {
        document.title = `${visibleLine(text).slice(0, 100)} · tapes`;
    }, [text]);
}
