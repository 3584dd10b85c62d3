import { useMemo } from "preact/hooks";
import { readJson } from "../../format/json-text";
import { visible } from "../../format/visible";
import { JsonTree } from "../../ui/json-tree";
import { ImagePart } from "./image-part";
import { LongText, blockAddress } from "./long-text";
import type { Block, Message } from "./source";

/** What came back for a call: text, JSON as a tree, an image. */
export function Result({ message, block }: { message: Message; block: Block }) {
    const node = block.node ?? message.hash;
    if (block.kind === "image") return <ImagePart block={block} node={node} />;
    return (
        <div
            class={`result${block.error ? " result-error" : ""}`}
            role="group"
            aria-label={block.error ? "Result, an error" : "Result"}
        >
            {block.text_bytes === 0 ? (
                <p class="muted">Nothing came back.</p>
            ) : (
                <LongText
                    text={block.text}
                    size={block.text_bytes}
                    address={blockAddress(node, block.place)}
                    first={3000}
                    show={(shown, whole) => <ResultText text={shown} whole={whole} />}
                />
            )}
        </div>
    );
}

function ResultText({ text, whole }: { text: string; whole: boolean }) {
    const value = useMemo(() => (whole && /^\s*[[{]/.test(text) ? readJson(text) : null), [text, whole]);
    if (value !== null) return <JsonTree value={value} label="Result" open={2} />;
    return <pre class="output">{visible(text)}</pre>;
}
