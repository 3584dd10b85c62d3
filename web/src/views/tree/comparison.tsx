import { visibleLine } from "../../format/visible";
import { addresses, useParameter } from "../../route";
import type { Lanes } from "./lanes";

export interface Choice {
    left: string | null;
    right: string | null;
    /** Takes a node up as one of the two, or gives it up. */
    toggle: (hash: string) => void;
    clear: () => void;
}

/** The two nodes whose chains are to be compared. They stand in the address. */
export function useChoice(): Choice {
    const [left, setLeft] = useParameter("left");
    const [right, setRight] = useParameter("right");
    const toggle = (hash: string) => {
        if (hash === left) setLeft(null);
        else if (hash === right) setRight(null);
        else if (left === null) setLeft(hash);
        else setRight(hash);
    };
    const clear = () => {
        setLeft(null);
        setRight(null);
    };
    return { left, right, toggle, clear };
}

function wordsOf(lanes: Lanes, hash: string): string {
    const entry = lanes.entries[lanes.rowOf(hash)];
    return entry?.type === "branch" && entry.words ? visibleLine(entry.words) : "";
}

function Side({
    name,
    hash,
    lanes,
    toggle,
}: {
    name: string;
    hash: string | null;
    lanes: Lanes;
    toggle: Choice["toggle"];
}) {
    return (
        <span class="comparison-side">
            <b>{name}</b>{" "}
            {hash === null ? (
                <span class="muted">choose a second one</span>
            ) : (
                <>
                    <code>{hash.slice(0, 12)}</code> <span class="comparison-words">{wordsOf(lanes, hash)}</span>
                    <button
                        type="button"
                        class="quiet"
                        aria-label={`Give up the ${name.toLowerCase()} side`}
                        onClick={() => toggle(hash)}
                    >
                        ✕
                    </button>
                </>
            )}
        </span>
    );
}

/** What was chosen, and the way to the comparison. */
export function ComparisonBar({ choice, lanes }: { choice: Choice; lanes: Lanes }) {
    const { left, right } = choice;
    if (left === null && right === null) return null;
    return (
        <section class="comparison-bar" aria-label="Comparison">
            <Side name="Left" hash={left} lanes={lanes} toggle={choice.toggle} />
            <Side name="Right" hash={right} lanes={lanes} toggle={choice.toggle} />
            {left !== null && right !== null && (
                <a class="button" href={addresses.compare("chains", left, right)}>
                    Compare both sides
                </a>
            )}
        </section>
    );
}
