export interface Piece {
    text: string;
    marked: boolean;
}

/**
 * Cuts a text into pieces that are marked and pieces that are not. Marks are pairs of the first character and how many
 * they are, counted in code points as the read API counts them, and not in UTF-16 units as strings do. Marks that lie
 * outside of the text, or one over another, are cut to what is there.
 */
export function markedPieces(text: string, marks: readonly (readonly number[])[]): Piece[] {
    const characters = Array.from(text);
    const pieces: Piece[] = [];
    let at = 0;
    const take = (end: number, marked: boolean) => {
        if (end > at) pieces.push({ text: characters.slice(at, end).join(""), marked });
        at = Math.max(at, end);
    };
    for (const [first = 0, length = 0] of [...marks].sort((left, right) => (left[0] ?? 0) - (right[0] ?? 0))) {
        take(Math.min(first, characters.length), false);
        take(Math.min(first + length, characters.length), true);
    }
    take(characters.length, false);
    return pieces;
}
