export interface DiffLine {
    sign: " " | "+" | "-";
    text: string;
}

/** More pairs of lines are not compared: then all that is old goes, and all that is new comes. */
const mostPairs = 250_000;

function linesOf(text: string): string[] {
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines;
}

/** The lines of two texts, with those that both have in common. The longest common sequence, between what they begin and end with. */
export function lineDiff(before: string, after: string): DiffLine[] {
    const old = linesOf(before);
    const now = linesOf(after);
    let start = 0;
    while (start < old.length && start < now.length && old[start] === now[start]) ++start;
    let end = 0;
    while (
        end < old.length - start &&
        end < now.length - start &&
        old[old.length - 1 - end] === now[now.length - 1 - end]
    )
        ++end;
    const same = (text: string): DiffLine => ({ sign: " ", text });
    const middle = between(old.slice(start, old.length - end), now.slice(start, now.length - end));
    return [...old.slice(0, start).map(same), ...middle, ...old.slice(old.length - end).map(same)];
}

function between(old: string[], now: string[]): DiffLine[] {
    const gone = (text: string): DiffLine => ({ sign: "-", text });
    const come = (text: string): DiffLine => ({ sign: "+", text });
    const width = now.length + 1;
    if (old.length * now.length > mostPairs) return [...old.map(gone), ...now.map(come)];
    // lengths[i * width + j]: of the longest common sequence of what stands from i and j on.
    const lengths = new Uint16Array((old.length + 1) * width);
    for (let i = old.length - 1; i >= 0; --i) {
        for (let j = now.length - 1; j >= 0; --j) {
            const here = i * width + j;
            lengths[here] =
                old[i] === now[j]
                    ? (lengths[here + width + 1] ?? 0) + 1
                    : Math.max(lengths[here + width] ?? 0, lengths[here + 1] ?? 0);
        }
    }
    const made: DiffLine[] = [];
    let i = 0;
    let j = 0;
    while (i < old.length || j < now.length) {
        const here = i * width + j;
        if (i < old.length && j < now.length && old[i] === now[j]) {
            made.push({ sign: " ", text: old[i] ?? "" });
            ++i;
            ++j;
        } else if (j === now.length || (i < old.length && (lengths[here + width] ?? 0) >= (lengths[here + 1] ?? 0))) {
            made.push(gone(old[i++] ?? ""));
        } else {
            made.push(come(now[j++] ?? ""));
        }
    }
    return made;
}

/** The lines of a patch by the signs that it has itself (unified diffs, and the form of Codex' `apply_patch`). */
export function patchLines(patch: string): DiffLine[] {
    return linesOf(patch).map((line) => {
        const isHead = /^(\+\+\+|---) /.test(line);
        const sign = !isHead && (line.startsWith("+") || line.startsWith("-")) ? (line[0] as "+" | "-") : " ";
        return { sign, text: sign === " " ? line : line.slice(1) };
    });
}
