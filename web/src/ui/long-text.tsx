import { useState } from "preact/hooks";
import { beginningOf } from "../format/beginning";
import { bytes } from "../format/figures";
import { visible } from "../format/visible";

/** A text of the record: its beginning, and all of it on request. */
export function LongText({ text, most = 2000, label = "text" }: { text: string; most?: number; label?: string }) {
    const [all, setAll] = useState(false);
    if (text.length <= most * 1.2) return <span class="record-text">{visible(text)}</span>;
    return (
        <>
            <span class="record-text">{visible(all ? text : beginningOf(text, most))}</span>
            {!all && "… "}
            <button
                type="button"
                class="quiet more"
                aria-expanded={all}
                aria-label={all ? `Fold the ${label}` : `Show all of the ${label}`}
                onClick={() => setAll(!all)}
            >
                {all ? "fold" : `show all (${bytes(text.length)})`}
            </button>
        </>
    );
}
