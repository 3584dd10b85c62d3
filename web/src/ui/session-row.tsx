import type { ComponentChildren, RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Schemas } from "../api/client";
import { count } from "../format/figures";
import { between, duration } from "../format/times";
import { visibleLine } from "../format/visible";
import { addresses } from "../route";
import { CacheShare, Cost, Time, TokenBar, TokenCount } from "./figures";
import { withFilter } from "./filter-list";

/** Heights in rem, as style/sessions.css has them. */
export const rowHeight = 2.4;
export const cardHeight = 4.2;

/** How a session stands: how its newest exchange ended, and how many failed before. */
export function SessionState({ session }: { session: Schemas["session"] }) {
    const words = { complete: "ok", cut: "cut", error: "error", pending: "pending" }[session.state];
    const kind = { complete: session.errors > 0 ? "warn" : "good", cut: "warn", error: "bad", pending: "warn" }[
        session.state
    ];
    const failed = session.errors === 1 ? "1 failed" : `${count(session.errors)} failed`;
    const title = {
        complete: "The newest answer came to its end.",
        cut: "The newest answer broke off.",
        error: "The newest request failed.",
        pending: "The newest answer is made in the background, and was not fetched yet.",
    }[session.state];
    return (
        <span class={kind} title={title}>
            {session.errors > 0 ? `${words}, ${failed}` : words}
        </span>
    );
}

/** A name of the record as a link that filters the list by it. */
function FilterLink({
    name,
    noun,
    value,
    query,
}: {
    name: string;
    noun: string;
    value: string | null;
    query: URLSearchParams;
}) {
    if (value === null || value === "") return <span class="muted">–</span>;
    const changed = withFilter(query, name, value);
    changed.delete("chosen");
    const text = visibleLine(value);
    return (
        <a
            class="above"
            href={`/?${changed.toString()}`}
            title={`${text}: only this ${noun}`}
            aria-label={`Only the ${noun} ${text}`}
        >
            {text}
        </a>
    );
}

const columns = [
    "Time",
    "Project",
    "Agent",
    "Model",
    "Title",
    "Turns",
    "Tokens",
    "Cached",
    "Cost",
    "Duration",
    "State",
];

export function SessionColumns({ top, measured }: { top: number; measured: RefObject<HTMLDivElement | null> }) {
    return (
        <div role="rowgroup" ref={measured} class="list-columns-group" style={{ top: `${top}px` }}>
            <div role="row" class="list-row list-columns session-row">
                <span role="columnheader">
                    <span class="hidden-visually">Marked</span>
                </span>
                {columns.map((name) => (
                    <span key={name} role="columnheader" class={columnClass(name)}>
                        {name}
                    </span>
                ))}
            </div>
        </div>
    );
}

function columnClass(name: string): string | undefined {
    if (name === "Agent" || name === "Duration") return name === "Duration" ? "less figure" : "less";
    return ["Turns", "Cached", "Cost"].includes(name) ? "figure" : undefined;
}

export interface SessionRowProps {
    session: Schemas["session"];
    index: number;
    narrow: boolean;
    /** The largest number of tokens beside it. */
    most: number;
    /** Of the address, to which links add filters. */
    query: URLSearchParams;
    chosen: boolean;
    marked: boolean;
    onMark: () => void;
    /** Called before it is opened. */
    onOpen: () => void;
}

function Cell({ name, children }: { name: string; children: ComponentChildren }) {
    return (
        <span role="cell" class={columnClass(name)}>
            {children}
        </span>
    );
}

function Mark({ title, marked, onMark }: { title: string; marked: boolean; onMark: () => void }) {
    return (
        <input
            type="checkbox"
            class="above"
            aria-label={`Mark ${title} for a comparison`}
            checked={marked}
            onChange={onMark}
        />
    );
}

/** Drawn again only when something in it changes: scrolling goes over many rows. */
export function SessionRow(props: SessionRowProps) {
    const { session, index, narrow, most, query, chosen, marked } = props;
    const latest = useRef(props);
    latest.current = props;
    return useMemo(
        () => <Row {...props} onMark={() => latest.current.onMark()} onOpen={() => latest.current.onOpen()} />,
        [session, index, narrow, most, query, chosen, marked],
    );
}

function Row(props: SessionRowProps) {
    const { session, index, narrow, most, query, chosen } = props;
    const title = visibleLine(session.title ?? "") || session.name.slice(0, 12);
    const row = {
        role: "row",
        "aria-rowindex": index + 2,
        "data-index": index,
        "aria-current": chosen ? ("true" as const) : undefined,
    } as const;
    const main = (
        <a
            data-main
            onClick={props.onOpen}
            href={addresses.session(session.name)}
            title={title}
            class={session.title === null ? "mono" : undefined}
        >
            {title}
        </a>
    );
    const mark = (
        <span role="cell">
            <Mark title={title} marked={props.marked} onMark={props.onMark} />
        </span>
    );
    if (narrow) {
        return (
            <div {...row} class="list-row session-card">
                {mark}
                <span role="cell">{main}</span>
                <span role="cell">
                    <SessionState session={session} /> · <Time at={session.last_at} /> · <Cost value={session.cost} /> ·{" "}
                    <TokenCount tokens={session.tokens} /> · {count(session.turns)}{" "}
                    {session.turns === 1 ? "turn" : "turns"} · {visibleLine(session.model ?? "no model")}
                </span>
            </div>
        );
    }
    const took = between(session.first_at, session.ended_at);
    return (
        <div {...row} class="list-row session-row">
            {mark}
            <Cell name="Time">
                <Time at={session.last_at} />
            </Cell>
            <Cell name="Project">
                <FilterLink name="project" noun="project" value={session.project} query={query} />
            </Cell>
            <Cell name="Agent">
                <FilterLink name="agent" noun="agent" value={session.agent} query={query} />
            </Cell>
            <Cell name="Model">
                <FilterLink name="model" noun="model" value={session.model} query={query} />
            </Cell>
            <Cell name="Title">{main}</Cell>
            <Cell name="Turns">{count(session.turns)}</Cell>
            <span role="cell" class="session-tokens">
                <TokenBar tokens={session.tokens} most={most} />
                <span class="figure">
                    <TokenCount tokens={session.tokens} />
                </span>
            </span>
            <Cell name="Cached">
                <CacheShare tokens={session.tokens} />
            </Cell>
            <Cell name="Cost">
                <Cost value={session.cost} />
            </Cell>
            <Cell name="Duration">{took === null ? "–" : duration(took)}</Cell>
            <Cell name="State">
                <SessionState session={session} />
            </Cell>
        </div>
    );
}
