import { useState } from "preact/hooks";
import { asProblem, send } from "../../api/client";
import { count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { announce } from "../../ui/announce";
import { Dialog } from "../../ui/dialog";
import { changeQuery, type LetterFilter } from "./letter-filter";

export interface Change {
    kind: "retry" | "discard";
    filter: LetterFilter & { id?: number };
    /** What is meant, as in "letter 7" and "the 12 letters that are listed". */
    words: string;
}

const titles = { retry: "Try again", discard: "Discard" };

/** Asks before dead letters are changed, and changes them. */
export function ChangeDialog({ change, onClose, onDone }: { change: Change; onClose: () => void; onDone: () => void }) {
    const [reason, setReason] = useState("");
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState<string | null>(null);
    const discards = change.kind === "discard";
    const run = async () => {
        setBusy(true);
        setProblem(null);
        try {
            const query = changeQuery(change.filter, discards ? { reason: reason.trim() } : {});
            const answer = await send(`/v1/dead-letters/${change.kind}${query}`, { method: "POST" });
            const told = (await answer.json()) as { scheduled?: number; discarded?: number };
            const changed = told.scheduled ?? told.discarded ?? 0;
            announce(discards ? `${count(changed)} discarded.` : `${count(changed)} will be tried now.`);
            onDone();
        } catch (error) {
            setProblem(asProblem(error).detail);
            setBusy(false);
        }
    };
    return (
        <Dialog title={`${titles[change.kind]}: ${change.words}?`} onClose={onClose} class="change-dialog">
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    void run();
                }}
            >
                {discards ? (
                    <>
                        <p>
                            A letter that is discarded is given up: nobody tries to deliver it any more. It stays in the
                            store with the reason.
                        </p>
                        <p>
                            <label>
                                Reason{" "}
                                <input
                                    type="text"
                                    required
                                    maxLength={500}
                                    value={reason}
                                    onInput={(event) => setReason(event.currentTarget.value)}
                                    autofocus
                                />
                            </label>
                        </p>
                    </>
                ) : (
                    <p>
                        They are tried now, whatever their policy says. Those that were delivered or discarded stay as
                        they are.
                    </p>
                )}
                {problem !== null && (
                    <p class="bad" role="alert">
                        {visibleLine(problem)}
                    </p>
                )}
                <p class="dialog-buttons">
                    <button type="submit" disabled={busy || (discards && reason.trim() === "")}>
                        {titles[change.kind]}
                    </button>{" "}
                    <button type="button" onClick={onClose}>
                        Cancel
                    </button>
                </p>
            </form>
        </Dialog>
    );
}
