import { useEffect, useRef } from "preact/hooks";

/** A key of the page: what it does is said in the keyboard help, and the command palette offers it. */
export interface Key {
    /**
     * As KeyboardEvent.key has it ("j", "?", "Escape"), two in a row with a space between ("g s"), or with Control or
     * Command ("Mod+k").
     */
    keys: string;
    text: string;
    run: (event: KeyboardEvent) => void;
    /** Also while a field has the focus. */
    inFields?: boolean;
    /** Moves about in what is shown, which the palette has no use for. */
    moves?: boolean;
}

export interface Group {
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

/** Keys of one character can be turned off (WCAG 2.2, 2.1.4): who speaks to a computer presses them by accident. */
export function characterKeys(): boolean {
    return localStorage.getItem("characterKeys") !== "off";
}

export function setCharacterKeys(on: boolean): void {
    if (on) localStorage.removeItem("characterKeys");
    else localStorage.setItem("characterKeys", "off");
}

const onApple = /Mac|iPhone|iPad/.test(navigator.platform);

/** The keys to press, one after the other, as they stand on a keyboard: ["g", "s"], ["Ctrl+K"]. */
export function keyNames(keys: string): string[] {
    return keys.split(" ").map((key) => {
        if (!key.startsWith("Mod+")) return key.replace(/^Arrow/, "");
        const letter = key.slice(4).toUpperCase();
        return onApple ? `⌘${letter}` : `Ctrl+${letter}`;
    });
}

function isField(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    );
}

function pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const modified = event.ctrlKey || event.metaKey;
    if (!modified && event.key.length === 1 && !characterKeys()) return;
    const name = modified ? `Mod+${event.key.toLowerCase()}` : event.key;
    const inField = isField(event.target);
    const sequence = event.timeStamp - pendingSince < 1500 && pending !== "" ? `${pending} ${name}` : name;
    // The newest view comes first: its keys cover those below.
    for (const wanted of sequence === name ? [name] : [sequence, name]) {
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
    const begins = !inField && groups.some((group) => group.keys.some((key) => key.keys.startsWith(`${name} `)));
    pending = begins ? name : "";
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
