import { send } from "./client";

/** The beginning of a body of the record. */
export interface Beginning {
    bytes: Uint8Array;
    /** Whether that is all of it. */
    whole: boolean;
}

/** Reads no more than the first `most` bytes of an answer, and lets the rest go. */
export async function readBeginning(address: string, most: number, signal?: AbortSignal): Promise<Beginning> {
    const answer = await send(address, signal ? { signal } : {});
    const reader = answer.body?.getReader();
    if (!reader) return { bytes: new Uint8Array(), whole: true };
    const chunks: Uint8Array[] = [];
    let size = 0;
    let whole = false;
    // One byte more than is wanted tells whether there is a rest.
    while (size <= most) {
        const { done, value } = await reader.read();
        if (done) {
            whole = true;
            break;
        }
        chunks.push(value);
        size += value.length;
    }
    if (!whole) await reader.cancel().catch(() => {});
    const bytes = new Uint8Array(Math.min(size, most));
    let at = 0;
    for (const chunk of chunks) {
        const part = chunk.subarray(0, Math.max(0, bytes.length - at));
        bytes.set(part, at);
        at += part.length;
    }
    return { bytes, whole: whole && size <= most };
}
