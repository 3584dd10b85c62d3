import type { Schemas } from "../../api/client";

export type Piece = Schemas["piece"];

/** A row of two texts side by side. */
export interface Line {
    /** Pieces of the line, without those of the other side; null: this side has no such line. */
    left: Piece[] | null;
    right: Piece[] | null;
    changed: boolean;
    /** Bytes that are the same on both sides and stand between the lines, untold. */
    gap: number;
}

/**
 * Sets the pieces of a difference in lines, so that what stands in both is side by side. Lines that changed are paired
 * in their order; the last ones belong together, because the same line feed ends them.
 */
export function linesOf(pieces: readonly Piece[]): Line[] {
    const lines: Line[] = [];
    let left: Piece[][] = [[]];
    let right: Piece[][] = [[]];
    const flush = () => {
        lines.push(...paired(left, right));
        left = [[]];
        right = [[]];
    };
    for (const piece of pieces) {
        const texts = piece.text.split("\n");
        texts.forEach((text, at) => {
            const last = at === texts.length - 1;
            const part: Piece = { ...piece, text, omitted: last && piece.change !== "same" ? piece.omitted : 0 };
            if (text !== "" || part.omitted > 0) {
                if (piece.change !== "added") left.at(-1)?.push(part);
                if (piece.change !== "removed") right.at(-1)?.push(part);
            }
            if (last) return;
            if (piece.change === "same") flush();
            else if (piece.change === "removed") left.push([]);
            else right.push([]);
        });
        if (piece.change === "same" && piece.omitted > 0) {
            flush();
            lines.push({ left: null, right: null, changed: false, gap: piece.omitted });
        }
    }
    flush();
    return lines;
}

function isEmpty(side: readonly Piece[][]): boolean {
    return side.length === 1 && side[0]?.length === 0;
}

function paired(left: Piece[][], right: Piece[][]): Line[] {
    const lineOf = (one: Piece[] | null, other: Piece[] | null): Line => ({
        left: one,
        right: other,
        changed: one === null || other === null || [...one, ...other].some(({ change }) => change !== "same"),
        gap: 0,
    });
    if (isEmpty(left) && isEmpty(right)) return [];
    if (isEmpty(left)) return right.map((line) => lineOf(null, line));
    if (isEmpty(right)) return left.map((line) => lineOf(line, null));
    const lines: Line[] = [];
    const [leftLast, rightLast] = [left.length - 1, right.length - 1];
    for (let at = 0; at < Math.max(leftLast, rightLast); ++at) {
        lines.push(lineOf(at < leftLast ? (left[at] ?? null) : null, at < rightLast ? (right[at] ?? null) : null));
    }
    lines.push(lineOf(left[leftLast] ?? null, right[rightLast] ?? null));
    return lines;
}

/** A line of one text under the other: what was removed stands before what was added in its place. */
export interface UnifiedLine {
    change: "same" | "removed" | "added";
    pieces: Piece[];
    /** The other side has a line that belongs to it, so that only what differs within is marked. */
    paired: boolean;
    gap: number;
}

export function unified(lines: readonly Line[]): UnifiedLine[] {
    const out: UnifiedLine[] = [];
    let added: UnifiedLine[] = [];
    for (const line of lines) {
        if (!line.changed) {
            out.push(...added, { change: "same", pieces: line.left ?? [], paired: false, gap: line.gap });
            added = [];
            continue;
        }
        const both = line.left !== null && line.right !== null;
        if (line.left) out.push({ change: "removed", pieces: line.left, paired: both, gap: 0 });
        if (line.right) added.push({ change: "added", pieces: line.right, paired: both, gap: 0 });
    }
    return [...out, ...added];
}
