/** Bytes as lines of sixteen, with the characters that are ASCII beside them. */
export function hexLines(bytes: Uint8Array): string {
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += 16) {
        const part = [...bytes.subarray(at, at + 16)];
        const digits = part.map((one) => one.toString(16).padStart(2, "0")).join(" ");
        const text = part.map((one) => (one > 0x1f && one < 0x7f ? String.fromCharCode(one) : "·")).join("");
        lines.push(`${at.toString(16).padStart(8, "0")}  ${digits.padEnd(47)}  ${text}`);
    }
    return lines.join("\n");
}
