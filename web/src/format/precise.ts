/** Microseconds since 1970 of a time of the record, which has up to six digits behind the second; null: it is none. */
function microseconds(text: string): number | null {
    const seconds = Date.parse(text.replace(/\.\d+/, ""));
    const digits = /\.(\d{1,6})/.exec(text)?.[1] ?? "";
    return Number.isNaN(seconds) ? null : seconds * 1000 + Number(digits.padEnd(6, "0"));
}

/** The milliseconds between two times of the record, with what Date leaves out; null where one is not known. */
export function preciseBetween(from: string | null, to: string | null): number | null {
    const [first, last] = [from === null ? null : microseconds(from), to === null ? null : microseconds(to)];
    return first === null || last === null ? null : Math.max(0, (last - first) / 1000);
}

/** Short spans with the digits that tell them apart: "0.43 ms", "8.1 ms"; null for those that are long enough. */
export function shortSpan(ms: number): string | null {
    if (ms === 0 || ms >= 10) return null;
    return `${ms < 1 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
}
