import { useEffect, useRef } from "preact/hooks";

/** A key of the page: what it does is said in the keyboard help. */
export interface Key {
    /** As KeyboardEvent.key has it ("j", "?", "Escape"), or two in a row with a space between ("g s"). */
    keys: string;
    text: string;
    run: (event: KeyboardEvent) => void;
    /** Also while a field has the focus. */
    inFields?: boolean;
}

interface Group {
    title: string;
    keys: Key[];
}

const groups: Group[] = [];
let pending = "";
let pendingSince = 0;

/** The keys that work at the moment, by view, for the keyboard help. */
export function activeKeys(): readonly Group[] {
    return groups;
}

function isField(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const inField = isField(event.target);
    const sequence = event.timeStamp - pendingSince < 1500 && pending !== "" ? `${pending} ${event.key}` : event.key;
    // The newest view comes first: its keys cover those below.
    for (const wanted of sequence === event.key ? [event.key] : [sequence, event.key]) {
        for (const group of [...groups].reverse()) {
            const key = group.keys.find((one) => one.keys === wanted && (!inField || one.inFields));
            if (key) {
                pending = "";
                event.preventDefault();
                key.run(event);
                return;
            }
        }
    }
    const begins = !inField && groups.some((group) => group.keys.some((key) => key.keys.startsWith(`${event.key} `)));
    pending = begins ? event.key : "";
    pendingSince = event.timeStamp;
}

document.addEventListener("keydown", pressed);

/** Lets keys work while the component is there. */
export function useKeys(title: string, keys: Key[]): void {
    const latest = useRef(keys);
    latest.current = keys;
    useEffect(() => {
        const group: Group = {
            title,
            get keys() {
                return latest.current;
            },
        };
        groups.push(group);
        return () => {
            groups.splice(groups.indexOf(group), 1);
        };
    }, [title]);
}
