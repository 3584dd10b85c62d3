import type { ComponentChildren } from "preact";
import { useFold } from "./reader";

/** A part that opens and closes. Its content is made only while it is open. */
export function Fold({
    kind,
    name,
    first = false,
    title,
    children,
}: {
    kind: string;
    name: string;
    first?: boolean;
    title: ComponentChildren;
    children: () => ComponentChildren;
}) {
    const [open, setOpen] = useFold(kind, name, first);
    return (
        <div class={`fold fold-${kind}`}>
            <button type="button" class="quiet fold-button" aria-expanded={open} onClick={() => setOpen(!open)}>
                <span class="fold-sign" aria-hidden="true">
                    {open ? "▾" : "▸"}
                </span>
                <span class="fold-title">{title}</span>
            </button>
            {open && <div class="fold-content">{children()}</div>}
        </div>
    );
}
