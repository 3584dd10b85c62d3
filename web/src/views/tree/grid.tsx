import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { addresses, navigate, useParameter } from "../../route";
import { useKeys } from "../../ui/keys";
import { useNarrow, useStickyTop, WindowRows } from "../../ui/window-rows";
import type { Choice } from "./comparison";
import type { Entry, Lanes } from "./lanes";
import { columnsOf } from "./picture";
import { TreeRow } from "./row";
import type { Tree } from "./source";

/** Of a row, in rem. */
const rowHeight = { wide: 3.2, narrow: 4.8 };
const rowsOfPage = 12;

/** Where the active row starts: the one that the address names, else the end of the current branch. */
function firstActive(lanes: Lanes, named: string | null): number {
    const row = named === null ? -1 : lanes.rowOf(named);
    if (row >= 0) return row;
    let end = Math.max(
        0,
        lanes.entries.findIndex((entry) => entry.type === "branch" && entry.current),
    );
    for (let next = end; next >= 0; next = lanes.places[next]?.currentChild ?? -1) end = next;
    return end;
}

/** The next row in a direction at which branches begin. */
function forkFrom(lanes: Lanes, row: number, step: 1 | -1): number {
    for (let at = row + step; at >= 0 && at < lanes.entries.length; at += step) {
        const entry = lanes.entries[at];
        if (entry?.type === "branch" && entry.branches > 1) return at;
    }
    return row;
}

/** Where a key of the tree leads, or null where it is none. */
function rowBehind(key: string, lanes: Lanes, row: number): number | null {
    const last = lanes.entries.length - 1;
    switch (key) {
        case "ArrowDown":
            return Math.min(row + 1, last);
        case "ArrowUp":
            return Math.max(row - 1, 0);
        case "PageDown":
            return Math.min(row + rowsOfPage, last);
        case "PageUp":
            return Math.max(row - rowsOfPage, 0);
        case "Home":
            return 0;
        case "End":
            return last;
        case "ArrowLeft":
            return Math.max(lanes.places[row]?.from ?? 0, 0);
        case "ArrowRight":
            return lanes.places[row + 1]?.from === row ? row + 1 : row;
        default:
            return null;
    }
}

export interface TreeGridProps {
    tree: Tree;
    choice: Choice;
    session: string | null;
    /** The node from which the reader came. */
    named: string | null;
}

/** The tree as rows of a treegrid: the picture on the left, what it means beside it. */
export function TreeGrid({ tree, choice, session, named }: TreeGridProps) {
    const { lanes, more, loadMore } = tree;
    const narrow = useNarrow(700);
    const covered = useStickyTop();
    const [at, setAt] = useParameter("at");
    const [moved, setMoved] = useState<{ index: number; round: number } | null>(null);
    const focusWanted = useRef(false);
    const start = useMemo(() => firstActive(lanes, at ?? named), [lanes, at, named]);
    const active = Math.min(moved?.index ?? start, lanes.entries.length - 1);
    const height = narrow ? rowHeight.narrow : rowHeight.wide;
    const pixels = Math.round(height * (parseFloat(getComputedStyle(document.documentElement).fontSize) || 16));
    const columns = columnsOf(lanes, narrow);

    const hashAt = (row: number) => {
        const entry = lanes.entries[row];
        return entry?.type === "branch" ? entry.hash : null;
    };
    const move = (row: number) => {
        focusWanted.current = true;
        setMoved((old) => ({ index: row, round: (old?.round ?? 0) + 1 }));
        if (row === lanes.entries.length - 1) loadMore();
    };
    const activate = (row: number) => {
        if (row !== active) setMoved((old) => ({ index: row, round: (old?.round ?? 0) + 1 }));
    };
    const choose = (row: number) => {
        const hash = hashAt(row);
        if (hash !== null) choice.toggle(hash);
    };
    const open = (row: number) => {
        const entry = lanes.entries[row];
        if (entry === undefined) return;
        const hash = hashAt(row);
        if (hash !== null) {
            setAt(hash);
            navigate(addresses.node(hash));
        } else if (entry.type === "thread" && session !== null)
            navigate(addresses.session(session, { thread: entry.number }));
        window.scrollTo(0, 0);
    };
    useKeys("Tree", [
        {
            keys: "j",
            text: "Next row (also ↓)",
            moves: true,
            run: () => move(Math.min(active + 1, lanes.entries.length - 1)),
        },
        { keys: "k", text: "Row before (also ↑)", moves: true, run: () => move(Math.max(active - 1, 0)) },
        { keys: "]", text: "Next fork", moves: true, run: () => move(forkFrom(lanes, active, 1)) },
        { keys: "[", text: "Fork before", moves: true, run: () => move(forkFrom(lanes, active, -1)) },
        { keys: "x", text: "Choose to compare (also Space)", run: () => choose(active) },
        { keys: "o", text: "Open the transcript up to here (also Enter)", run: () => open(active) },
        {
            keys: "c",
            text: "Compare both sides",
            run: () => {
                if (choice.left !== null && choice.right !== null)
                    navigate(addresses.compare("chains", choice.left, choice.right));
            },
        },
    ]);
    const press = (event: KeyboardEvent) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const onRow = event.target instanceof HTMLElement && event.target.getAttribute("role") === "row";
        const row = rowBehind(event.key, lanes, active);
        if (row !== null) move(row);
        else if (event.key === " " && onRow) choose(active);
        else if (event.key === "Enter" && onRow) open(active);
        else return;
        event.preventDefault();
    };
    const onEnd = useCallback(() => loadMore(), [lanes.entries.length, more]);
    return (
        <div
            class="tree-grid"
            role="treegrid"
            aria-label="Branches and threads"
            aria-multiselectable={true}
            aria-rowcount={more ? -1 : lanes.entries.length + 1}
            onKeyDown={press}
            onClickCapture={(event) => {
                const row =
                    event.target instanceof Element
                        ? event.target.closest<HTMLElement>("a[href]")?.closest<HTMLElement>("[data-row]")
                        : null;
                const hash = row ? hashAt(Number(row.dataset["row"])) : null;
                if (hash !== null) setAt(hash);
            }}
        >
            <div role="rowgroup" class="tree-head">
                <div role="row" aria-rowindex={1}>
                    <span role="columnheader">What was said first</span>
                    <span role="columnheader">Length</span>
                    <span role="columnheader">Model</span>
                    <span role="columnheader">Last</span>
                    <span role="columnheader">Compare</span>
                </div>
            </div>
            <WindowRows<Entry>
                items={lanes.entries}
                height={height}
                covered={covered}
                coveredBelow={document.querySelector<HTMLElement>(".comparison-bar")?.offsetHeight ?? 0}
                reveal={moved ?? ((at ?? named) ? { index: active, round: 0 } : null)}
                onEnd={onEnd}
                render={(_, row) => {
                    const hash = hashAt(row);
                    return (
                        <TreeRow
                            key={row}
                            lanes={lanes}
                            row={row}
                            columns={columns}
                            height={pixels}
                            more={more}
                            active={row === active}
                            side={
                                hash === null
                                    ? null
                                    : hash === choice.left
                                      ? "left"
                                      : hash === choice.right
                                        ? "right"
                                        : null
                            }
                            session={session}
                            focusWanted={focusWanted}
                            onActive={activate}
                            onChoose={choose}
                        />
                    );
                }}
            />
        </div>
    );
}
