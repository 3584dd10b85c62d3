import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import { send } from "../../api/client";
import { announce } from "../../ui/announce";
import { copyText } from "../../ui/copy";
import { useKeys } from "../../ui/keys";
import { foldButtonOf } from "./blocks";
import { blockAddress } from "./long-text";
import type { OutlineEntry, OutlineKind, OutlineStore } from "./outline-store";
import type { Reader } from "./reader";
import type { TranscriptHandle } from "./transcript";

/** A block up to this size is copied whole. */
const mostCopied = 1 << 20;
const wrong: readonly OutlineKind[] = ["error", "dropped", "refusal"];

/** The keys with which a transcript is read. */
export function useReadingKeys(
    reader: Reader,
    outline: OutlineStore,
    handle: RefObject<TranscriptHandle | null>,
    go: (entry: OutlineEntry) => void,
): void {
    // Not every part of an outline can be chosen, so where these keys went last is remembered.
    const last = useRef<string | null>(null);
    const turnNow = () =>
        (reader.chosen === null ? null : (reader.turns.find(reader.chosen)?.turn ?? null)) ??
        handle.current?.current() ??
        1;

    const step = async (by: 1 | -1) => {
        let turn = turnNow();
        const keys = reader.turns.keysOf(turn);
        const at = reader.chosen === null ? -1 : keys.indexOf(reader.chosen);
        let next = at < 0 ? (by > 0 ? keys[0] : keys.at(-1)) : keys[at + by];
        while (next === undefined) {
            turn += by;
            if (turn < 1 || turn > reader.turns.count || (await reader.turns.whenAt(turn)) === null) return;
            const others = reader.turns.keysOf(turn);
            next = by > 0 ? others[0] : others.at(-1);
        }
        reader.choose(next);
        await handle.current?.show(next, turn);
    };

    const stepIn = (kinds: readonly OutlineKind[], by: 1 | -1) => {
        const list = outline.entries.filter((one) => kinds.includes(one.kind));
        const here = list.findIndex((one) => one.key === reader.chosen || one.key === last.current);
        const turn = turnNow();
        const next =
            here >= 0 && Math.abs((list[here]?.turn ?? 0) - turn) <= 1
                ? list[here + by]
                : by > 0
                  ? list.find((one) => one.turn > turn || (reader.chosen === null && one.turn >= turn))
                  : list.filter((one) => one.turn < turn).pop();
        if (next === undefined) {
            announce(by > 0 ? "There is none behind this." : "There is none before this.");
            return;
        }
        last.current = next.key;
        go(next);
    };

    const fold = () => {
        const element = reader.chosen === null ? null : handle.current?.element(reader.chosen);
        if (element) foldButtonOf(element)?.click();
    };
    const toggleKind = (kind: string, name: string) => {
        const open = !reader.isKindOpen(kind);
        reader.setKindOpen(kind, open);
        announce(`${name} is ${open ? "shown" : "folded"}.`);
    };
    const copy = async () => {
        const found = reader.chosen === null ? null : reader.find(reader.chosen);
        if (!found) return;
        const { block, message } = found;
        let text = block.text;
        if (block.text_bytes > text.length && block.text_bytes <= mostCopied && block.kind !== "image") {
            text = await (await send(blockAddress(message.hash, block.place))).text();
        }
        announce((await copyText(text)) ? "The block is copied." : "The browser did not allow it.");
    };
    const link = async () => {
        if (reader.chosen === null) return;
        announce(
            (await copyText(location.origin + reader.addressOfBlock(reader.chosen)))
                ? "The link is copied."
                : "The browser did not allow it.",
        );
    };

    useKeys("Transcript", [
        { keys: "j", text: "Next block", moves: true, run: () => void step(1) },
        { keys: "k", text: "Previous block", moves: true, run: () => void step(-1) },
        { keys: "]", text: "Next prompt", moves: true, run: () => stepIn(["prompt"], 1) },
        { keys: "[", text: "Previous prompt", moves: true, run: () => stepIn(["prompt"], -1) },
        { keys: "e", text: "Next error", moves: true, run: () => stepIn(wrong, 1) },
        { keys: "E", text: "Previous error", moves: true, run: () => stepIn(wrong, -1) },
        { keys: "o", text: "Open or fold the block", moves: true, run: fold },
        { keys: "t", text: "Show or fold all thinking", run: () => toggleKind("thinking", "Thinking") },
        {
            keys: "i",
            text: "Show or fold what the client put there",
            run: () => toggleKind("injected", "What the client put there"),
        },
        { keys: "c", text: "Copy the block", run: () => void copy() },
        { keys: "y", text: "Copy the link to the block", run: () => void link() },
        { keys: "g g", text: "Go to the beginning", moves: true, run: () => handle.current?.toTurn(1) },
        { keys: "G", text: "Go to the end", moves: true, run: () => handle.current?.toEnd() },
    ]);
}
