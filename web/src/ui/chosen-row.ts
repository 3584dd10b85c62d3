import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { currentPlace, navigate } from "../route";
import type { Key } from "./keys";

export interface ChosenRow {
    /** The identity of the chosen row, null: none. */
    chosen: string | null;
    /** For the row's own click: Back comes to it again. */
    choose: (name: string) => void;
    /** For WindowRows. */
    reveal: { index: number; round: number } | null;
    keys: Key[];
}

function keepInAddress(chosen: string): void {
    const { query } = currentPlace();
    if (query.get("chosen") === chosen) return;
    query.set("chosen", chosen);
    navigate(`${location.pathname}?${query.toString()}`, { replace: true });
}

function isSeen(row: HTMLElement, covered: number): boolean {
    const { top, bottom } = row.getBoundingClientRect();
    return top >= covered - 1 && bottom <= innerHeight + 1;
}

/** The first row that is seen whole, by the index that it carries. */
function firstSeen(rows: HTMLElement[], covered: number): number {
    return Number(rows.find((row) => isSeen(row, covered))?.dataset["index"] ?? 0);
}

/**
 * j and k choose a row of a list; its main link gets the focus, so that Enter opens it. The address keeps which one it
 * was, so that Back finds it again. Rows carry `data-index`, the chosen one `aria-current`, and links `data-main`.
 */
export function useChosenRow(
    names: readonly string[],
    noun: string,
    list: RefObject<HTMLElement | null>,
    covered: number,
): ChosenRow {
    const [chosen, setChosen] = useState<string | null>(() => currentPlace().query.get("chosen"));
    const [round, setRound] = useState(0);
    const index = chosen === null ? -1 : names.indexOf(chosen);
    const restored = useRef(index >= 0);
    useEffect(() => {
        // Once, when the list is there: back from what was opened.
        if (restored.current || index < 0) return;
        restored.current = true;
        setRound((old) => old + 1);
    }, [index]);
    useEffect(() => {
        if (round === 0) return;
        list.current?.querySelector<HTMLElement>("[aria-current] [data-main]")?.focus({ preventScroll: true });
        // Browsers refuse to write the address many times a second.
        const later = setTimeout(() => chosen !== null && keepInAddress(chosen), 250);
        return () => clearTimeout(later);
    }, [round]);
    const move = (step: number) => {
        if (names.length === 0) return;
        const rows = [...(list.current?.querySelectorAll<HTMLElement>("[data-index]") ?? [])];
        const seen = rows.some((row) => Number(row.dataset["index"]) === index && isSeen(row, covered));
        // From where the reader looks, if that is elsewhere.
        const next = seen ? Math.min(Math.max(index + step, 0), names.length - 1) : firstSeen(rows, covered);
        restored.current = true;
        setChosen(names[next] ?? null);
        setRound((old) => old + 1);
    };
    const choose = (name: string) => {
        setChosen(name);
        keepInAddress(name);
    };
    return {
        chosen,
        choose,
        reveal: index < 0 ? null : { index, round },
        keys: [
            { keys: "j", text: `Next ${noun}; Enter opens it`, moves: true, run: () => move(1) },
            { keys: "k", text: `Previous ${noun}`, moves: true, run: () => move(-1) },
            {
                keys: "o",
                text: `Open the chosen ${noun}`,
                moves: true,
                run: () => list.current?.querySelector<HTMLElement>("[aria-current] [data-main]")?.click(),
            },
        ],
    };
}
