import { Problem } from "../../api/client";
import type { Reader } from "./reader";
import { placeOf } from "./source";
import { blockKey } from "./turns";

/** Where a name of an address leads: to a block that is loaded now. */
export interface Target {
    key: string;
    turn: number;
}

/**
 * Finds the block that an address names, however deep: `HASH.PLACE`. A result leads to the call that it stands with.
 * Null where this transcript does not have it.
 */
export async function findTarget(reader: Reader, name: string): Promise<Target | null> {
    const { turns } = reader;
    const known = turns.find(name);
    if (known) return { key: blockKey(known.message, known.block), turn: known.turn };
    const [, hash, place] = /^([0-9a-f]{64})(?:\.(\d{1,6}))?/.exec(name) ?? [];
    if (hash === undefined) return null;
    let answers: number;
    let node: number;
    try {
        ({ answers, node } = await placeOf(hash));
    } catch (error) {
        if (error instanceof Problem && error.status === 404) return null;
        throw error;
    }
    // Of an answer it is its own turn, of a prompt the one that follows; results stand with the answer before.
    for (const turn of [answers, answers + 1]) {
        if (turn < 1 || (await turns.whenAt(turn)) === null) continue;
        const found = turns.find(name, [turn]);
        if (found) return { key: blockKey(found.message, found.block), turn };
        for (const entry of turns.at(turn) ?? []) {
            if (entry.type !== "message") continue;
            const call = entry.blocks.find((one) =>
                one.results?.some(
                    (result) => result.node === node && (place === undefined || result.place === Number(place)),
                ),
            );
            if (call) return { key: blockKey(entry, call), turn };
        }
    }
    return null;
}
