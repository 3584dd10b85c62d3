import { visible, visibleLine } from "../../format/visible";
import { Fold } from "./fold";
import { LongText, blockAddress } from "./long-text";
import type { Block, Message } from "./source";

/** A call of a tool and what came back, as one part. */
export function ToolCall({ message, block, name }: { message: Message; block: Block; name: string }) {
    const results = block.results ?? [];
    const failed = results.some((one) => one.error);
    return (
        <Fold
            kind="call"
            name={name}
            title={
                <>
                    <span class="tool-name">{visibleLine(block.tool ?? "tool")}</span>{" "}
                    <code class="fold-beginning">{visibleLine((block.summary ?? "").slice(0, 300))}</code>
                    {failed && <span class="chip bad">error</span>}
                </>
            }
        >
            {() => (
                <>
                    <LongText text={block.text} size={block.text_bytes} address={blockAddress(message.hash, block.place)} />
                    {results.map((one, index) => (
                        <div key={index} class={`result${one.error ? " result-error" : ""}`}>
                            <LongText
                                text={one.text}
                                size={one.text_bytes}
                                address={blockAddress(one.node ?? message.hash, one.place)}
                                show={(shown) => <pre class="text">{visible(shown)}</pre>}
                            />
                        </div>
                    ))}
                </>
            )}
        </Fold>
    );
}
