import { beginningOf } from "../../format/beginning";
import { useState } from "preact/hooks";
import { visible } from "../../format/visible";
import type { DiffLine } from "./line-diff";

const portion = 200;
const longestLine = 2000;

/** Lines that go and come, each with its sign, so that colours are not needed to tell them apart. */
export function DiffLines({ lines, name }: { lines: DiffLine[]; name: string }) {
    const [most, setMost] = useState(portion);
    return (
        <>
            <pre class="diff" role="group" aria-label={name}>
                {lines.slice(0, most).map((line, index) => {
                    const text = `${line.sign} ${visible(beginningOf(line.text, longestLine))}${line.text.length > longestLine ? "…" : ""}\n`;
                    if (line.sign === "+") return <ins key={index}>{text}</ins>;
                    if (line.sign === "-") return <del key={index}>{text}</del>;
                    return <span key={index}>{text}</span>;
                })}
            </pre>
            {lines.length > most && (
                <button type="button" onClick={() => setMost(most * 4)}>
                    Show more of {lines.length} lines
                </button>
            )}
        </>
    );
}
