import { useEffect, useState } from "preact/hooks";
import { visibleLine } from "../format/visible";
import { announce } from "./announce";

/** Puts text on the clipboard. Returns whether that worked. */
export async function copyText(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copySelected(text);
    }
}

/** Browsers have no navigator.clipboard on plain http but for loopback; there a selection can still be copied. */
function copySelected(text: string): boolean {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "hidden-visually";
    field.setAttribute("aria-hidden", "true");
    const before = document.activeElement;
    // Within a dialog nothing outside can be selected.
    (before?.closest("dialog") ?? document.body).append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (before instanceof HTMLElement) before.focus();
    return done;
}

export interface CopyProps {
    /** What is copied; a function is called when the button is pressed. */
    text: string | (() => string | Promise<string>);
    /** What it is, as in "Copy the hash". */
    name: string;
    /** Words on the button; without them it is a sign. */
    label?: string;
    tabIndex?: number;
}

/** A button that copies, and says so. */
export function CopyButton({ text, name, label, tabIndex }: CopyProps) {
    const [done, setDone] = useState(false);
    useEffect(() => {
        if (!done) return;
        const timer = setTimeout(() => setDone(false), 1500);
        return () => clearTimeout(timer);
    }, [done]);
    const copy = async () => {
        const value = typeof text === "function" ? await text() : text;
        const copied = await copyText(value);
        setDone(copied);
        announce(copied ? `Copied ${name}.` : `The browser did not let the page copy ${name}.`);
    };
    return (
        <button
            type="button"
            class={label === undefined ? "quiet copy" : "copy"}
            title={`Copy ${name}`}
            aria-label={label === undefined ? `Copy ${name}` : undefined}
            tabIndex={tabIndex}
            onClick={() => void copy()}
        >
            <svg viewBox="0 0 16 16" aria-hidden="true">
                {done ? <path d="M3 8.5l3.2 3.2L13 5" /> : <path d="M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z" />}
            </svg>
            {label}
        </button>
    );
}

export interface IdChipProps {
    /** A hash, the UUID of an exchange, a session's name. */
    id: string;
    /** What it is, as in "the hash". */
    name: string;
    /** Where it leads. */
    address?: string;
    /** Characters of it that are shown. */
    length?: number;
}

/** The beginning of an ID, which leads to what it names, with a button that copies all of it. */
export function IdChip({ id, name, address, length = 12 }: IdChipProps) {
    const short = <code title={visibleLine(id)}>{visibleLine(id).slice(0, length)}</code>;
    return (
        <span class="id-chip">
            {address === undefined ? short : <a href={address}>{short}</a>}
            <CopyButton text={id} name={name} />
        </span>
    );
}
