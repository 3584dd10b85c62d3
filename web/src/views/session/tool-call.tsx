import { beginningOf } from "../../format/beginning";
import { useContext } from "preact/hooks";
import { createContext } from "preact";
import { visibleLine } from "../../format/visible";
import { Arguments } from "./arguments";
import { Fold } from "./fold";
import { LiveAnswersOfCall } from "./live-answers";
import { Result } from "./result";
import type { Block, Message, Thread } from "./source";
import { ThreadPart } from "./thread-part";

/** Threads that calls of the turn at hand began. */
export const BegunThreads = createContext<readonly Thread[]>([]);

/** A call of a tool and what came back, as one part, with the thread that it began. */
export function ToolCall({ message, block, name }: { message: Message; block: Block; name: string }) {
    const results = block.results ?? [];
    const failed = results.find((one) => one.error);
    const threads = useContext(BegunThreads).filter((one) => one.call_id !== null && one.call_id === block.call_id);
    return (
        <>
            <Fold
                kind="call"
                name={name}
                title={
                    <>
                        <span class="tool-name">{visibleLine(block.tool ?? "tool")}</span>{" "}
                        <code class="fold-beginning">{visibleLine(beginningOf(block.summary ?? "", 300))}</code>
                        {failed && <span class="chip bad">error</span>}
                        {results.length === 0 && <span class="chip warn">no result</span>}
                        {failed && <span class="fold-beginning bad">{visibleLine(beginningOf(failed.text, 200))}</span>}
                    </>
                }
            >
                {() => (
                    <>
                        <Arguments message={message} block={block} />
                        {results.map((one, index) => (
                            <Result key={index} message={message} block={one} />
                        ))}
                    </>
                )}
            </Fold>
            {threads.map((one) => (
                <ThreadPart key={one.number} thread={one} />
            ))}
            {block.call_id && <LiveAnswersOfCall call={block.call_id} />}
        </>
    );
}
