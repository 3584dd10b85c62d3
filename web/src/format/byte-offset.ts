/** Splits a text at an offset that counts the bytes of its UTF-8, as the read API gives offsets. */
export function splitAtByte(text: string, offset: number): [string, string] {
    if (offset <= 0) return ["", text];
    let bytes = 0;
    for (let at = 0; at < text.length;) {
        if (bytes >= offset) return [text.slice(0, at), text.slice(at)];
        const code = text.codePointAt(at) ?? 0;
        bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
        at += code > 0xffff ? 2 : 1;
    }
    return [text, ""];
}
