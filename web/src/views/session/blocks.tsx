import { beginningOf } from "../../format/beginning";
import { memo } from "preact/compat";
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { bytes } from "../../format/figures";
import { readJson } from "../../format/json-text";
import { visible, visibleLine } from "../../format/visible";
import { JsonTree } from "../../ui/json-tree";
import { Markdown } from "../../ui/markdown";
import { blockName } from "./block-name";
import { Fold } from "./fold";
import { ImagePart } from "./image-part";
import { LongText, blockAddress } from "./long-text";
import { useChosen, useReader } from "./reader";
import { Result } from "./result";
import type { Block, Message } from "./source";
import { ToolCall } from "./tool-call";
import { blockKey } from "./turns";

/** System text of more bytes is folded: it would stand before the first prompt. */
const mostSystem = 400;

/** One block of a message, which can be chosen. */
export const BlockPart = memo(function BlockPart({ message, block }: { message: Message; block: Block }) {
    const reader = useReader();
    const key = blockKey(message, block);
    const chosen = useChosen(key);
    return (
        <div
            class={`block block-${block.kind}${chosen ? " chosen" : ""}`}
            data-key={key}
            tabIndex={-1}
            role="group"
            aria-label={blockName(block)}
            aria-current={chosen ? "true" : undefined}
            onClick={(event) => {
                if (!(event.target instanceof Element) || event.target.closest("a, input")) return;
                // Of nested transcripts it is the inner block that is meant, and a selection is no choice.
                if (event.target.closest("[data-key]") !== event.currentTarget || !getSelection()?.isCollapsed) return;
                reader.choose(key);
            }}
            onKeyDown={(event) => {
                if (event.key !== "Enter" || event.target !== event.currentTarget) return;
                event.preventDefault();
                foldButtonOf(event.currentTarget)?.click();
            }}
        >
            <BlockContent message={message} block={block} name={key} />
        </div>
    );
});

/** What opens and closes a block. */
export function foldButtonOf(element: Element): HTMLElement | null {
    return element.querySelector<HTMLElement>(".fold-button, .rest button");
}

function BlockContent({ message, block, name }: { message: Message; block: Block; name: string }): ComponentChildren {
    const address = blockAddress(message.hash, block.place);
    switch (block.kind) {
        case "text":
            if ((message.role === "system" || message.role === "developer") && block.text_bytes > mostSystem) {
                return (
                    <Fold kind="injected" name={name} title={<FoldTitle block={block} />}>
                        {() => <LongText text={block.text} size={block.text_bytes} address={address} />}
                    </Fold>
                );
            }
            return (
                <LongText
                    text={block.text}
                    size={block.text_bytes}
                    address={address}
                    show={(shown, whole) => (
                        <SaidText text={shown} whole={whole} markdown={message.role === "assistant"} />
                    )}
                />
            );
        case "refusal":
            return (
                <>
                    <p class="refusal-head">The model refused.</p>
                    <LongText text={block.text} size={block.text_bytes} address={address} />
                </>
            );
        case "thinking":
            if (block.text_bytes === 0)
                return <p class="thinking-hidden muted">Thinking, of which the provider shows nothing.</p>;
            return (
                <Fold kind="thinking" name={name} title={<FoldTitle block={block} />}>
                    {() => <FoldedText block={block} address={address} />}
                </Fold>
            );
        case "injected":
        case "compaction":
        case "other":
            return (
                <Fold kind={block.kind} name={name} title={<FoldTitle block={block} />}>
                    {() => <FoldedText block={block} address={address} />}
                </Fold>
            );
        case "tool_call":
            return <ToolCall message={message} block={block} name={name} />;
        case "tool_result":
            return (
                <Fold kind="result" name={name} title={<FoldTitle block={block} />}>
                    {() => <Result message={message} block={block} />}
                </Fold>
            );
        case "image":
            return <ImagePart block={block} node={message.hash} />;
    }
}

/** What was said: an answer as Markdown, one that is nothing but JSON as a tree, a prompt as it was typed. */
function SaidText({ text, whole, markdown }: { text: string; whole: boolean; markdown: boolean }) {
    const value = useMemo(
        () => (whole && /^\s*(\{[\s\S]*\}|\[[\s\S]*\])\s*$/.test(text) ? readJson(text) : null),
        [text, whole],
    );
    if (value !== null) return <JsonTree value={value} label="Text" open={2} />;
    return markdown ? <Markdown text={text} /> : <pre class="text">{visible(text)}</pre>;
}

function FoldedText({ block, address }: { block: Block; address: string }) {
    const value = useMemo(() => (block.kind === "other" ? readJson(block.text) : null), [block]);
    if (value !== null) return <JsonTree value={value} label="Block" open={1} />;
    return (
        <LongText
            text={block.text}
            size={block.text_bytes}
            address={address}
            show={(shown) =>
                block.kind === "thinking" || block.kind === "compaction" ? (
                    <Markdown text={shown} />
                ) : (
                    <pre class="text">{visible(shown)}</pre>
                )
            }
        />
    );
}

function FoldTitle({ block }: { block: Block }) {
    return (
        <>
            <span class="fold-name">{blockName(block)}</span> <span class="muted">{bytes(block.text_bytes)}</span>{" "}
            <span class="fold-beginning">{visibleLine(beginningOf(block.text, 200))}</span>
        </>
    );
}
