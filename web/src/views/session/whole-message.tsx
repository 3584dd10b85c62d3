import { useState } from "preact/hooks";
import { asProblem, get } from "../../api/client";
import { visible } from "../../format/visible";

/** What the server reads of one block alone; a larger one is only in the whole message. */
export const largestBlock = 16 << 20;

/** Keeps a whole message as a file. A result is known by its message's number, and files go by the hash. */
export function WholeMessage({ node }: { node: string | number }) {
    const [problem, setProblem] = useState<string | null>(null);
    const download = async () => {
        setProblem(null);
        try {
            const hash =
                typeof node === "string"
                    ? node
                    : (await get("/v1/nodes/{hash}/content", { path: { hash: String(node) } })).hash;
            const link = document.createElement("a");
            link.href = `/v1/nodes/${hash}`;
            link.download = `${hash}.json`;
            link.click();
        } catch (error) {
            setProblem(asProblem(error).detail);
        }
    };
    return (
        <>
            <button type="button" onClick={() => void download()}>
                Download the whole message
            </button>
            {problem !== null && (
                <span class="bad" role="alert">
                    {" "}
                    {visible(problem)}
                </span>
            )}
        </>
    );
}
