import type { Schemas } from "../../api/client";
import { bytes } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { ChangeSign } from "./change-sign";
import { TextDifference } from "./text-difference";
import { Values } from "./values";

type Block = Schemas["block_difference"];
type BlockSide = Schemas["block_side"];

const kinds: Record<Block["kind"], string> = {
    text: "text",
    injected: "put in by the client",
    thinking: "thinking",
    refusal: "refusal",
    tool_call: "call",
    tool_result: "result",
    image: "image",
    compaction: "compaction",
    other: "other content",
};

function sizes(left: BlockSide | null, right: BlockSide | null): string {
    const size = (side: BlockSide) => `${bytes(side.bytes)}${side.cut ? ", only its beginning was compared" : ""}`;
    if (left && right)
        return left.bytes === right.bytes && left.cut === right.cut ? size(left) : `${size(left)} → ${size(right)}`;
    return left ? size(left) : right ? size(right) : "";
}

function Image({ side, name }: { side: BlockSide | null; name: string }) {
    if (side === null) return null;
    return (
        <tr>
            <th scope="row">{name}</th>
            <td>{side.media_type === undefined ? "image" : visibleLine(side.media_type)}</td>
            <td class="figure">{bytes(side.bytes)}</td>
            <td>{side.sha256 !== undefined && <code>SHA-256 {side.sha256}</code>}</td>
        </tr>
    );
}

export interface DifferingContent {
    values?: Block["values"];
    more_values?: number;
    text?: Block["text"];
    more_pieces?: number;
    coarse?: boolean;
}

/** What differs within: JSON value by value, else text. */
export function Content({ content }: { content: DifferingContent }) {
    if (content.values !== undefined) return <Values values={content.values} more={content.more_values} />;
    if (content.text !== undefined && content.text.length > 0)
        return <TextDifference pieces={content.text} morePieces={content.more_pieces} coarse={content.coarse} />;
    return null;
}

/** One block of a message that differs. */
export function BlockDifference({ block }: { block: Block }) {
    const { left, right } = block;
    const isImage = block.kind === "image" || left?.sha256 !== undefined || right?.sha256 !== undefined;
    return (
        <div
            role="group"
            class="difference-block"
            aria-label={`${kinds[block.kind]}${block.tool ? ` ${visibleLine(block.tool)}` : ""}, ${block.change}`}
        >
            <p class="difference-block-head">
                <ChangeSign change={block.change} /> <b>{kinds[block.kind]}</b>
                {block.tool && <code> {visibleLine(block.tool)}</code>} <span class="muted">{sizes(left, right)}</span>
            </p>
            {isImage && (
                <table class="difference-images">
                    <tbody>
                        <Image side={left} name="− left" />
                        <Image side={right} name="+ right" />
                    </tbody>
                </table>
            )}
            <Content content={block} />
        </div>
    );
}
