import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { asProblem, send } from "../../api/client";
import { beginningOf } from "../../format/beginning";
import { bytes } from "../../format/figures";
import { visible } from "../../format/visible";
import { WholeMessage, largestBlock } from "./whole-message";

/** What is shown of a text at first, and the most that is shown of one at all. */
const beginning = 6000;
const most = 1 << 20;

/** Where a whole text is read: the node, by hash or number, and the block's place in it. */
export function blockAddress(node: string | number, place: number): string {
    return `/v1/nodes/${node}/blocks/${place}`;
}

/** The node of a block's address, as blockAddress has it. */
function nodeOf(address: string): string | number {
    const node = address.split("/")[3] ?? "";
    return node.length === 64 ? node : Number(node);
}

function Download({ address }: { address: string }) {
    return (
        <a href={address} download>
            Download all
        </a>
    );
}

function cutAt(text: string, size: number): string {
    const line = text.lastIndexOf("\n", size);
    const end = line > size / 2 ? line : size;
    return beginningOf(text, end);
}

/**
 * A text of the record: at first its beginning, on request all of it, and of more than a megabyte a file to keep.
 * `show` makes what is seen of the part that is shown.
 */
export function LongText({
    text,
    size,
    address,
    show = (shown) => <pre class="text">{visible(shown)}</pre>,
    first = beginning,
}: {
    text: string;
    size: number;
    /** Null where the text is all there is. */
    address: string | null;
    show?: (shown: string, whole: boolean) => ComponentChildren;
    first?: number;
}) {
    const [all, setAll] = useState<string | null>(null);
    const [loading, setLoading] = useState(false);
    const [problem, setProblem] = useState<string | null>(null);
    // Sizes are bytes of UTF-8: a text that was not cut has at most three for each of JavaScript's units.
    const cut =
        address !== null &&
        (text.length * 3 < size || (text.length < size && new TextEncoder().encode(text).length < size));
    const long = text.length > first * 1.25;
    const shown = all ?? (long ? cutAt(text, first) : text);
    const whole = all !== null || (!cut && !long);
    const showAll = async () => {
        if (!cut || address === null) {
            setAll(text);
            return;
        }
        setLoading(true);
        setProblem(null);
        try {
            setAll(await (await send(address)).text());
        } catch (error) {
            setProblem(asProblem(error).detail);
        }
        setLoading(false);
    };
    return (
        <>
            {show(shown, whole)}
            {!whole && (
                <p class="rest">
                    <span class="muted">The beginning of {bytes(size)}. </span>
                    {size <= most ? (
                        <button type="button" disabled={loading} onClick={() => void showAll()}>
                            {loading ? "Loading…" : "Show all"}
                        </button>
                    ) : (
                        address !== null &&
                        (size <= largestBlock ? (
                            <Download address={address} />
                        ) : (
                            <WholeMessage node={nodeOf(address)} />
                        ))
                    )}
                </p>
            )}
            {problem !== null && (
                <p class="bad" role="alert">
                    {visible(problem)}
                </p>
            )}
        </>
    );
}
