import type { ComponentChildren } from "preact";
import { visible, visibleLine } from "../format/visible";

/**
 * The address of a link that the record names, if a reader may follow it: absolute, by http, https or mailto. What is
 * relative would lead into this page, and other schemes run code or open programs.
 */
export function admittedAddress(text: string): string | null {
    if (!/^(https?:\/\/|mailto:)/i.test(text)) return null;
    try {
        return new URL(text).href;
    } catch {
        return null;
    }
}

/** What every such link says: the other side learns nothing of this page, and can do nothing to it. */
export const linkRelation = "noopener noreferrer nofollow";

/** A link that the record names; where it may not be followed, its text alone. */
export function RecordLink({ address, children }: { address: string; children?: ComponentChildren }) {
    const admitted = admittedAddress(address);
    const shown = children ?? visibleLine(address);
    if (admitted === null) return <span>{shown}</span>;
    return (
        <a href={admitted} rel={linkRelation} target="_blank" title={visible(admitted)}>
            {shown}
        </a>
    );
}
