import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { Time, TokenCount } from "../../ui/figures";
import { causes, kinds } from "./causes";
import type { Branch, Lanes, Thread } from "./lanes";
import { Picture, type Columns } from "./picture";

export interface RowProps {
    lanes: Lanes;
    row: number;
    columns: Columns;
    height: number;
    more: boolean;
    /** It can have the focus; the keys move from here. */
    active: boolean;
    /** "left" or "right" where it is one of the two that are to be compared. */
    side: "left" | "right" | null;
    /** The session whose tree it is. */
    session: string | null;
    /** Whether the active row is to take the focus once it is there. */
    focusWanted: RefObject<boolean>;
    onActive: (row: number) => void;
    onChoose: (row: number) => void;
}

function plural(value: number, one: string): string {
    return `${count(value)} ${one}${value === 1 ? "" : "s"}`;
}

/** "3 turns", or nodes where nothing was answered. */
function extent(branch: Branch): string {
    return branch.turns > 0 ? plural(branch.turns, "turn") : plural(branch.nodes, "node");
}

/** What the fork behind a branch is: "3 branches, the newest by ↻ retry". */
function ForkNote({ branch }: { branch: Branch }) {
    if (branch.branches < 2) return null;
    const cause = branch.cause === null ? null : causes[branch.cause];
    return (
        <span class="fork-note">
            <svg class="fork-sign" viewBox="0 0 12 12" aria-hidden="true">
                <path d="M3 11V1M3 8Q9 8 9 2" />
            </svg>{" "}
            {branch.branches >= 1000 ? "1,000 or more" : count(branch.branches)} branches
            {cause && (
                <span title={cause.meaning}>
                    , the newest by <span aria-hidden="true">{cause.sign}</span> {cause.word}
                </span>
            )}
        </span>
    );
}

/** Which branch of its fork it is, and what made it, where another one was there before. */
function OriginNote({ lanes, row }: { lanes: Lanes; row: number }) {
    const place = lanes.places[row];
    const fork = place === undefined ? undefined : lanes.entries[place.from];
    if (place === undefined || fork?.type !== "branch" || place.number === 0) return null;
    const branch = lanes.entries[row];
    const cause = branch?.type === "branch" && branch.made_by !== null ? causes[branch.made_by] : null;
    return (
        <span class="origin-note" title={cause?.meaning}>
            branch {count(place.number)} of {fork.branches >= 1000 ? "many" : count(fork.branches)}
            {cause && (
                <>
                    {" "}
                    · <span aria-hidden="true">{cause.sign}</span> {cause.word}
                </>
            )}
        </span>
    );
}

function BranchCells({ branch, props }: { branch: Branch; props: RowProps }) {
    const { lanes, row, active, side, onChoose } = props;
    const words =
        branch.words === null || branch.words === ""
            ? `(${visibleLine(branch.role)}, no words)`
            : visibleLine(branch.words);
    const tabIndex = active ? 0 : -1;
    return (
        <>
            <div role="gridcell" class="tree-words">
                <a href={addresses.node(branch.hash)} tabIndex={tabIndex}>
                    {words}
                </a>
                <span class="tree-notes">
                    <span class={`role-${branch.role}`}>{visibleLine(branch.role)}</span>
                    {branch.current && <span class="current-note">current</span>}
                    <OriginNote lanes={lanes} row={row} />
                    <ForkNote branch={branch} />
                </span>
            </div>
            <div
                role="gridcell"
                class="tree-extent"
                title={`${plural(branch.nodes, "node")}, ${plural(branch.turns, "turn")}`}
            >
                {extent(branch)}
            </div>
            <div role="gridcell" class="tree-model">
                {branch.model === null ? "" : visibleLine(branch.model)}
            </div>
            <div role="gridcell" class="tree-time">
                <Time at={branch.last_at} />
            </div>
            <div role="gridcell" class="tree-choose">
                <button
                    type="button"
                    tabIndex={tabIndex}
                    aria-pressed={side !== null}
                    title="Choose to compare (Space)"
                    onClick={() => onChoose(row)}
                >
                    {side ?? "choose"}
                </button>
            </div>
        </>
    );
}

function ThreadCells({ thread, props }: { thread: Thread; props: RowProps }) {
    const title = thread.title === null ? "no title" : visibleLine(thread.title);
    const name = `Thread ${thread.number}, ${kinds[thread.kind]}`;
    return (
        <>
            <div role="gridcell" class="tree-words">
                <span>
                    <strong>
                        {props.session === null ? (
                            name
                        ) : (
                            <a
                                href={addresses.session(props.session, { thread: thread.number })}
                                tabIndex={props.active ? 0 : -1}
                            >
                                {name}
                            </a>
                        )}
                    </strong>{" "}
                    {title}
                </span>
                <span class="tree-notes">
                    {thread.parent !== null && <span>begun by a call in thread {thread.parent}</span>}
                    {thread.continues !== null && <span>goes on from a summary of thread {thread.continues}</span>}
                    {thread.agent_id !== null && <span>agent {visibleLine(thread.agent_id)}</span>}
                    <span>
                        <TokenCount tokens={thread.tokens} /> tokens
                    </span>
                </span>
            </div>
            <div role="gridcell" class="tree-extent">
                {plural(thread.turns, "turn")}
            </div>
            <div role="gridcell" class="tree-model">
                {thread.model === null ? "" : visibleLine(thread.model)}
            </div>
            <div role="gridcell" class="tree-time">
                <Time at={thread.last_at} />
            </div>
            <div role="gridcell" class="tree-choose">
                {props.session !== null && (
                    <a
                        href={addresses.sessionTree(props.session, { thread: thread.number })}
                        tabIndex={props.active ? 0 : -1}
                        aria-label={`only this: the tree of thread ${thread.number}`}
                    >
                        only this
                    </a>
                )}
            </div>
        </>
    );
}

/** A thread, or a stretch of messages without a fork. */
export function TreeRow(props: RowProps) {
    const { lanes, row, columns, height, more, active, side } = props;
    const entry = lanes.entries[row];
    const element = useRef<HTMLDivElement>(null);
    // Without dependencies: a row that was far away is drawn some time after it became the active one.
    useLayoutEffect(() => {
        if (!active || !props.focusWanted.current) return;
        props.focusWanted.current = false;
        element.current?.focus({ preventScroll: true });
    });
    if (entry === undefined) return null;
    return (
        <div
            ref={element}
            role="row"
            class={`tree-row tree-${entry.type}${active ? " active" : ""}${side ? " chosen" : ""}`}
            data-row={row}
            aria-level={entry.level + 1}
            aria-rowindex={row + 2}
            aria-selected={entry.type === "branch" ? side !== null : undefined}
            tabIndex={active ? 0 : -1}
            onFocus={() => props.onActive(row)}
        >
            <Picture lanes={lanes} row={row} columns={columns} height={height} more={more} chosen={side !== null} />
            {entry.type === "branch" ? (
                <BranchCells branch={entry} props={props} />
            ) : (
                <ThreadCells thread={entry} props={props} />
            )}
        </div>
    );
}
