import { beginningOf } from "../format/beginning";
import { useRef, useState } from "preact/hooks";
import { count } from "../format/figures";
import type { JsonValue } from "../format/json-text";
import { visible, visibleLine } from "../format/visible";
import { LongText } from "./long-text";

const childrenAtOnce = 100;

function sizeOf(value: JsonValue): number {
    return value.kind === "object" ? value.members.length : value.kind === "array" ? value.items.length : 0;
}

/** A folded value in a few words. */
function summary(value: JsonValue): string {
    if (value.kind === "object") {
        const type = value.members.find((one) => one.name === "type" || one.name === "role")?.value;
        const about = type?.kind === "string" ? ` ${visibleLine(beginningOf(type.text, 60))}` : "";
        return `{${count(value.members.length)}${value.whole ? "" : "…"}}${about}`;
    }
    return value.kind === "array" ? `[${count(value.items.length)}${value.whole ? "" : "…"}]` : "";
}

function Leaf({ value }: { value: JsonValue }) {
    if (value.kind === "string") {
        return (
            <span class="json-string">
                “<LongText text={value.text} most={600} label="string" />
                {value.whole ? "”" : " (cut off here)"}
            </span>
        );
    }
    return value.kind === "literal" ? <span class="json-literal">{visible(value.text)}</span> : null;
}

interface ItemProps {
    name: string | null;
    value: JsonValue;
    /** Values of so many levels are open at first. */
    open: number;
    level: number;
    first: boolean;
}

function Item({ name, value, open, level, first }: ItemProps) {
    const [shown, setShown] = useState(open > 0);
    const [most, setMost] = useState(childrenAtOnce);
    const folds = value.kind === "object" || value.kind === "array";
    const size = sizeOf(value);
    return (
        <li
            role="treeitem"
            aria-level={level}
            aria-expanded={folds && size > 0 ? shown : undefined}
            tabIndex={first ? 0 : -1}
            data-fold={folds && size > 0 ? "" : undefined}
        >
            <div
                class="json-line"
                data-toggle={folds && size > 0 ? "" : undefined}
                onClick={folds && size > 0 ? () => setShown(!shown) : undefined}
            >
                <span class="json-fold" aria-hidden="true">
                    {folds && size > 0 ? (shown ? "▾" : "▸") : ""}
                </span>
                {name !== null && <span class="json-name">{visible(name)}: </span>}
                {folds ? <span class="json-summary">{summary(value)}</span> : <Leaf value={value} />}
            </div>
            {folds && shown && size > 0 && (
                <ul role="group">
                    {value.kind === "object"
                        ? value.members
                              .slice(0, most)
                              .map((one, at) => (
                                  <Item
                                      key={at}
                                      name={one.name}
                                      value={one.value}
                                      open={open - 1}
                                      level={level + 1}
                                      first={false}
                                  />
                              ))
                        : value.kind === "array"
                          ? value.items
                                .slice(0, most)
                                .map((one, at) => (
                                    <Item
                                        key={at}
                                        name={String(at)}
                                        value={one}
                                        open={open - 1}
                                        level={level + 1}
                                        first={false}
                                    />
                                ))
                          : null}
                    {size > most && (
                        <li role="none">
                            <button
                                type="button"
                                class="quiet more"
                                onClick={() => setMost(most + 10 * childrenAtOnce)}
                            >
                                {count(size - most)} more
                            </button>
                        </li>
                    )}
                </ul>
            )}
        </li>
    );
}

/** JSON of the record as a folded tree, with the keys of a tree view (WAI-ARIA APG, "Tree View"). */
export function JsonTree({ value, label, open = 2 }: { value: JsonValue; label: string; open?: number }) {
    const root = useRef<HTMLUListElement>(null);
    const items = () => [...(root.current?.querySelectorAll<HTMLElement>('[role="treeitem"]') ?? [])];
    const focus = (item: HTMLElement | undefined | null) => {
        if (!item) return;
        for (const one of items()) one.tabIndex = one === item ? 0 : -1;
        item.focus();
    };
    const toggle = (item: HTMLElement) => item.querySelector<HTMLElement>(":scope > [data-toggle]")?.click();
    const keyDown = (event: KeyboardEvent) => {
        const item = event.target;
        if (!(item instanceof HTMLElement) || item.getAttribute("role") !== "treeitem") return;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const all = items();
        const at = all.indexOf(item);
        const expanded = item.getAttribute("aria-expanded");
        const moves: Record<string, () => void> = {
            ArrowDown: () => focus(all[at + 1]),
            ArrowUp: () => focus(all[at - 1]),
            Home: () => focus(all[0]),
            End: () => focus(all[all.length - 1]),
            ArrowRight: () =>
                expanded === "false" ? toggle(item) : expanded === "true" ? focus(all[at + 1]) : undefined,
            ArrowLeft: () =>
                expanded === "true"
                    ? toggle(item)
                    : focus(item.parentElement?.closest<HTMLElement>('[role="treeitem"]')),
            Enter: () => toggle(item),
            " ": () => toggle(item),
        };
        const move = moves[event.key];
        if (!move) return;
        event.preventDefault();
        event.stopPropagation();
        move();
    };
    return (
        <ul role="tree" aria-label={label} class="json-tree" ref={root} onKeyDown={keyDown}>
            <Item name={null} value={value} open={open} level={1} first />
        </ul>
    );
}
