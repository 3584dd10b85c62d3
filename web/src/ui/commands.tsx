import { useState } from "preact/hooks";
import { KeyHelp } from "./key-help";
import { keyNames, useKeys } from "./keys";
import { Palette } from "./palette";

/** The buttons and keys that open the command palette and the keyboard help. */
export function Commands() {
    const [open, setOpen] = useState<"palette" | "help" | null>(null);
    const close = () => setOpen(null);
    useKeys("Everywhere", [
        { keys: "Mod+k", text: "Open the command palette", inFields: true, run: () => setOpen("palette") },
        { keys: ":", text: "Open the command palette", run: () => setOpen("palette") },
        { keys: "?", text: "Show the keys", run: () => setOpen("help") },
    ]);
    return (
        <span class="commands">
            <button
                type="button"
                class="quiet"
                aria-haspopup="dialog"
                aria-keyshortcuts="Control+K Meta+K"
                aria-label={`Command palette, ${keyNames("Mod+k")[0]}`}
                title="Command palette (Ctrl+K)"
                onClick={() => setOpen("palette")}
            >
                <kbd>{keyNames("Mod+k")[0]}</kbd>
            </button>
            <button
                type="button"
                class="quiet"
                aria-haspopup="dialog"
                aria-keyshortcuts="?"
                aria-label="Keyboard help"
                title="Keyboard help (?)"
                onClick={() => setOpen("help")}
            >
                ?
            </button>
            {open === "palette" && <Palette onClose={close} />}
            {open === "help" && <KeyHelp onClose={close} />}
        </span>
    );
}
