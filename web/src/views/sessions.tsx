import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import { get, type Schemas } from "../api/client";
import { useGet, usePages } from "../api/load";
import { useLive } from "../api/live";
import { allTokens, count } from "../format/figures";
import { addresses } from "../route";
import { FilterBar, goWith } from "../ui/filters";
import { filterParameters, type Filter } from "../ui/filter-list";
import { Cost, TokenCount } from "../ui/figures";
import { useCalmOrder } from "../ui/calm-order";
import { useChosenRow } from "../ui/chosen-row";
import { useKeys } from "../ui/keys";
import { SessionRow, SessionColumns, cardHeight, rowHeight } from "../ui/session-row";
import { Loading, Nothing, Trouble } from "../ui/states";
import { namesBy } from "../ui/suggestions";
import { useTitle } from "../ui/title";
import { WindowRows, useNarrow, useScrolled, useStickyTop } from "../ui/window-rows";
import type { ViewProps } from "./view";

const filters: readonly Filter[] = [
    { name: "project", label: "Project", kind: "text", suggestions: namesBy("project") },
    { name: "agent", label: "Agent", kind: "text", suggestions: namesBy("agent") },
    { name: "model", label: "Model", kind: "text", suggestions: namesBy("model") },
    { name: "provider", label: "Provider", kind: "text", suggestions: namesBy("provider") },
    { name: "client", label: "Client", kind: "text" },
    { name: "caller", label: "Caller", kind: "text" },
    { name: "title", label: "Title has", kind: "text" },
    { name: "session", label: "Name begins", kind: "text" },
    { name: "since", label: "Since", kind: "date" },
    { name: "until", label: "Begun before", kind: "date" },
    { name: "errors", label: "With errors", kind: "flag" },
];

/** Filters that sums of usage know in the same sense. */
const summed = ["project", "agent", "provider"];

/** What all exchanges behind the filters cost. Only where usage has the same filters. */
function SumLine({ set }: { set: Record<string, string> }) {
    const names = Object.keys(set);
    const known = names.length > 0 && names.every((name) => summed.includes(name));
    const { value } = useGet("/v1/usage", known ? { query: set } : null);
    if (!value) return null;
    return (
        <p class="muted sessions-sum">
            All of it: {count(value.total.turns)} turns, <TokenCount tokens={value.total.tokens} /> tokens, <Cost value={value.total.cost} />.{" "}
            <a href={addresses.usage(set)}>Usage</a>
        </p>
    );
}

function NothingRecorded() {
    return (
        <Nothing>
            <h2>Nothing is recorded yet</h2>
            <p>
                Start a client through tapes, such as <code>tapes run -- claude</code>, or give a client the address of the proxy as its base URL.
            </p>
            <p>What it says and what is answered then stands here, as it happens.</p>
        </Nothing>
    );
}

/** Calls `reload` when something was recorded, at most once a second. */
function useReloadWhenRecorded(reload: () => void): void {
    const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
    const latest = useRef(reload);
    latest.current = reload;
    const soon = () => {
        timer.current ??= setTimeout(() => {
            timer.current = null;
            latest.current();
        }, 1000);
    };
    useLive({ exchange: soon, reset: soon });
    useEffect(
        () => () => {
            if (timer.current !== null) clearTimeout(timer.current);
        },
        [],
    );
}

/** What fills the bar of tokens: all but the largest tenth are below, so that one giant does not flatten the others. */
function usuallyMost(sessions: Schemas["session"][]): number {
    const sizes = sessions.map(({ tokens }) => allTokens(tokens)).sort((left, right) => left - right);
    return Math.max(1, sizes[Math.floor(sizes.length * 0.9)] ?? 1);
}

/** Takes a session into the comparison or out of it; of three the two newest stay. */
function goWithMark(query: URLSearchParams, name: string): void {
    const marked = query.getAll("marked");
    const changed = new URLSearchParams(query);
    changed.delete("marked");
    const next = marked.includes(name) ? marked.filter((one) => one !== name) : [...marked, name].slice(-2);
    for (const one of next) changed.append("marked", one);
    goWith(changed);
}

function CompareNote({ marked, onClear }: { marked: string[]; onClear: () => void }) {
    if (marked.length === 0) return null;
    const [left, right] = marked;
    return (
        <p class="sessions-marked" role="status">
            {left !== undefined && right !== undefined ? (
                <a href={addresses.compare("sessions", left, right)}>Compare the two marked sessions</a>
            ) : (
                "One session is marked. Mark another one to compare them."
            )}{" "}
            <button type="button" class="quiet" onClick={onClear}>
                Unmark
            </button>
        </p>
    );
}

export default function SessionsView({ place: { query } }: ViewProps) {
    useTitle("Sessions");
    const set = filterParameters(filters, query);
    const key = JSON.stringify(set);
    const list = useRef<HTMLDivElement>(null);
    const covered = useStickyTop();
    const narrow = useNarrow();
    const scrolled = useScrolled(200);
    const pages = usePages<Schemas["session"]>(
        `sessions ${key}`,
        async (cursor, signal) => {
            const { sessions, next } = await get("/v1/sessions", { query: { ...(JSON.parse(key) as object), limit: 100, ...(cursor === null ? {} : { cursor }) } }, signal);
            return { items: sessions, next };
        },
        (session) => session.name,
        true,
    );
    useReloadWhenRecorded(pages.reload);
    const { shown, waiting } = useCalmOrder(key, pages.value ?? [], (session) => session.name, scrolled);
    const names = useMemo(() => shown.map((session) => session.name), [shown]);
    const head = useRef<HTMLDivElement>(null);
    const { chosen, choose, reveal, keys } = useChosenRow(names, "session", list, covered + (head.current?.offsetHeight ?? 0));
    const marked = query.getAll("marked");
    useKeys("Sessions", [
        ...keys,
        { keys: "x", text: "Mark the session to compare it with another one", run: () => chosen !== null && goWithMark(query, chosen) },
        {
            keys: "c",
            text: "Compare the two marked sessions",
            run: () => document.querySelector<HTMLElement>(".sessions-marked a")?.click(),
        },
    ]);
    const most = useMemo(() => usuallyMost(shown), [shown.length, key]);
    const { loadMore, more } = pages;
    const onEnd = useCallback(() => {
        if (more) loadMore();
    }, [more, loadMore]);
    const unmark = () => {
        const changed = new URLSearchParams(query);
        changed.delete("marked");
        goWith(changed);
    };
    return (
        <>
            <div class="sessions-head">
                <h1>Sessions</h1>
                <FilterBar filters={filters} />
            </div>
            <SumLine set={set} />
            <CompareNote marked={marked} onClear={unmark} />
            {pages.problem && <Trouble problem={pages.problem} retry={pages.reload} />}
            {pages.value === null && pages.loading && <Loading />}
            {pages.value?.length === 0 && (key === "{}" ? <NothingRecorded /> : <Nothing>No session is as the filters say.</Nothing>)}
            {shown.length > 0 && (
                <div ref={list} role="table" aria-label="Sessions" aria-rowcount={more ? -1 : shown.length + 1} class="sessions">
                    {!narrow && <SessionColumns top={covered} measured={head} />}
                    <WindowRows
                        items={shown}
                        height={narrow ? cardHeight : rowHeight}
                        covered={covered + (narrow ? 0 : (head.current?.offsetHeight ?? 0))}
                        reveal={reveal}
                        onEnd={onEnd}
                        render={(session, index) => (
                            <SessionRow
                                key={session.name}
                                session={session}
                                index={index}
                                narrow={narrow}
                                most={most}
                                query={query}
                                chosen={session.name === chosen}
                                marked={marked.includes(session.name)}
                                onMark={() => goWithMark(query, session.name)}
                                onOpen={() => choose(session.name)}
                            />
                        )}
                    />
                </div>
            )}
            {pages.value !== null && pages.loading && more && <Loading text="Loading more…" />}
            {waiting > 0 && (
                <button type="button" class="list-note" onClick={() => scrollTo(0, 0)}>
                    {waiting === 1 ? "1 new session" : `${waiting} new sessions`} ↑
                </button>
            )}
        </>
    );
}
