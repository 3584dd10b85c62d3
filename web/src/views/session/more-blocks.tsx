import { useState } from "preact/hooks";
import { asProblem, get } from "../../api/client";
import { count } from "../../format/figures";
import { visible } from "../../format/visible";
import { BlockPart } from "./blocks";
import type { Block, Message } from "./source";
import { WholeMessage } from "./whole-message";

const portion = 100;

/** The blocks behind those that a page of the transcript tells of a message. */
export function MoreBlocks({ message }: { message: Message }) {
    const [blocks, setBlocks] = useState<Block[] | null>(null);
    const [behind, setBehind] = useState(0);
    const [most, setMost] = useState(portion);
    const [problem, setProblem] = useState<string | null>(null);
    const load = async () => {
        setProblem(null);
        try {
            const node = await get("/v1/nodes/{hash}/content", { path: { hash: message.hash } });
            const last = message.blocks.at(-1)?.place ?? -1;
            setBlocks(node.blocks.filter((one) => one.place > last));
            setBehind(node.more_blocks);
        } catch (error) {
            setProblem(asProblem(error).detail);
        }
    };
    if (blocks === null) {
        return (
            <p>
                <button type="button" onClick={() => void load()}>
                    Show {count(message.more_blocks)} more blocks
                </button>
                {problem !== null && (
                    <span class="bad" role="alert">
                        {" "}
                        {visible(problem)}
                    </span>
                )}
            </p>
        );
    }
    return (
        <>
            {blocks.slice(0, most).map((block) => (
                <BlockPart key={block.place} message={message} block={block} />
            ))}
            {blocks.length > most && (
                <button type="button" onClick={() => setMost(most + portion)}>
                    Show more of {count(blocks.length)} blocks
                </button>
            )}
            {blocks.length <= most && behind > 0 && (
                <p>
                    {count(behind)} more blocks are not shown here. <WholeMessage node={message.hash} />
                </p>
            )}
        </>
    );
}
