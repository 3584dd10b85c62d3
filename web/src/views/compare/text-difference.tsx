import { useMemo, useState } from "preact/hooks";
import { bytes, count } from "../../format/figures";
import { visible } from "../../format/visible";
import { linesOf, unified, type Line, type Piece, type UnifiedLine } from "./lines";
import { useShownForm } from "./options";

const firstLines = 120;

function Pieces({ pieces, marked }: { pieces: readonly Piece[]; marked: boolean }) {
    return (
        <>
            {pieces.map((piece, at) => {
                const text = visible(piece.text);
                const rest = piece.omitted > 0 && (
                    <span
                        class="difference-rest"
                        title={piece.sha256 === undefined ? undefined : `SHA-256 ${piece.sha256}`}
                    >
                        {" "}
                        … {bytes(piece.omitted)} more
                        {piece.sha256 !== undefined && `, SHA-256 ${piece.sha256.slice(0, 12)}…`}
                    </span>
                );
                if (!marked || piece.change === "same") return [text, rest];
                const Mark = piece.change === "removed" ? "del" : "ins";
                return (
                    <Mark key={at}>
                        {text}
                        {rest}
                    </Mark>
                );
            })}
        </>
    );
}

function Gap({ size, columns }: { size: number; columns: number }) {
    return (
        <tr class="difference-gap">
            <td colSpan={columns}>… {bytes(size)} are the same …</td>
        </tr>
    );
}

const signs = { same: "", removed: "−", added: "+" };

/** The sign of a line; screen readers hear a word. */
function Sign({ change }: { change: "same" | "removed" | "added" }) {
    return (
        <td class={`difference-sign ${change}`}>
            {change !== "same" && (
                <>
                    <span aria-hidden="true">{signs[change]}</span>
                    <span class="hidden-visually">{change}</span>
                </>
            )}
        </td>
    );
}

function SideRow({ line }: { line: Line }) {
    if (line.gap > 0) return <Gap size={line.gap} columns={4} />;
    const both = line.left !== null && line.right !== null;
    const cell = (side: Piece[] | null, change: "removed" | "added") => (
        <>
            <Sign change={line.changed && side !== null ? change : "same"} />
            <td class={side === null ? "difference-text none" : `difference-text ${line.changed ? change : ""}`}>
                {side && <Pieces pieces={side} marked={both} />}
            </td>
        </>
    );
    return (
        <tr>
            {cell(line.left, "removed")}
            {cell(line.right, "added")}
        </tr>
    );
}

function UnifiedRow({ line }: { line: UnifiedLine }) {
    if (line.gap > 0) return <Gap size={line.gap} columns={2} />;
    return (
        <tr>
            <Sign change={line.change} />
            <td class={`difference-text ${line.change}`}>
                <Pieces pieces={line.pieces} marked={line.paired} />
            </td>
        </tr>
    );
}

export interface TextDifferenceProps {
    pieces: readonly Piece[];
    morePieces?: number | undefined;
    /** Larger parts are told as replaced. */
    coarse?: boolean | undefined;
}

/** Two texts: what was removed and what was added, by sign and by colour. */
export function TextDifference({ pieces, morePieces = 0, coarse = false }: TextDifferenceProps) {
    const form = useShownForm();
    const [all, setAll] = useState(false);
    const lines = useMemo(() => linesOf(pieces), [pieces]);
    const rows = useMemo(() => (form === "unified" ? unified(lines) : lines), [lines, form]);
    const shown = all || rows.length <= firstLines * 1.2 ? rows : rows.slice(0, firstLines);
    return (
        <>
            <table
                class={`difference difference-${form}`}
                aria-label={
                    form === "side"
                        ? "What was removed, on the left, and added, on the right"
                        : "What was removed and added"
                }
            >
                <colgroup>
                    <col class="difference-sign-column" />
                    <col />
                    {form === "side" && (
                        <>
                            <col class="difference-sign-column" />
                            <col />
                        </>
                    )}
                </colgroup>
                <tbody>
                    {shown.map((line, at) =>
                        "change" in line ? <UnifiedRow key={at} line={line} /> : <SideRow key={at} line={line} />,
                    )}
                </tbody>
            </table>
            {shown.length < rows.length && (
                <button type="button" class="more" onClick={() => setAll(true)}>
                    Show all {count(rows.length)} lines
                </button>
            )}
            {morePieces > 0 && <p class="muted">{count(morePieces)} more places differ and are not told.</p>}
            {coarse && <p class="muted">Too much differs to look closer: larger parts are told as replaced.</p>}
        </>
    );
}
