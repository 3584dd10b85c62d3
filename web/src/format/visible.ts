/**
 * Shows what is not seen or turns the direction of writing as escapes, as the commands do (src/text/visible.cpp), so
 * that no text of the record can pretend to be another one. Line feeds and tabs stay.
 */
const hidden =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

export function visible(text: string): string {
    return text.replace(hidden, (character, at: number) => {
        const code = character.codePointAt(0) ?? 0;
        // A zero-width joiner builds emoji and letters of several scripts, between characters that are neither ASCII nor hidden.
        if ((code === 0x200d || code === 0x200c) && at > 0 && text.charCodeAt(at - 1) > 0x7f) return character;
        return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
    });
}

/** The same in one line. */
export function visibleLine(text: string): string {
    return visible(text.replace(/\s+/g, " ").trim());
}
