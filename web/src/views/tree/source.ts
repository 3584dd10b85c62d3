import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Problem } from "../../api/client";
import { useLive } from "../../api/live";
import { usePageLoads } from "../../api/load";
import { Lanes } from "./lanes";

/** What a tree is told of: the threads of a session, or everything that shares a root with a node. */
export type Root = { session: string; thread: number | null } | { node: string };

const pageSize = 500;

function pageOf(root: Root, cursor: string | null, signal: AbortSignal) {
    const query = { limit: pageSize, ...(cursor === null ? {} : { cursor }) };
    if ("node" in root) return get("/v1/nodes/{hash}/tree", { path: { hash: root.node }, query }, signal);
    return get(
        "/v1/sessions/{id}/tree",
        { path: { id: root.session }, query: { ...query, ...(root.thread === null ? {} : { thread: root.thread }) } },
        signal,
    );
}

export interface Tree {
    lanes: Lanes;
    /** There is more behind the last row. */
    more: boolean;
    loading: boolean;
    problem: Problem | null;
    loadMore: () => void;
    reload: () => void;
    /** Something was recorded since, and not drawn, because the tree is long. */
    grown: boolean;
}

interface State {
    lanes: Lanes;
    next: string | null;
    loaded: boolean;
    problem: Problem | null;
}

const nothing = (): State => ({ lanes: new Lanes(), next: null, loaded: false, problem: null });
const liveDelayMs = 500;

/**
 * Loads a tree page after page. What is recorded meanwhile is drawn by itself where the whole tree is one page; a
 * longer one says that it has grown, so that nothing moves under the reader.
 */
export function useTree(root: Root): Tree {
    const key = JSON.stringify(root);
    const [shown, setShown] = useState({ key, state: nothing() });
    const [grown, setGrown] = useState(false);
    const state = shown.key === key ? shown.state : nothing();
    const latest = useRef(state);
    latest.current = state;
    const { run, loading, isBusy } = usePageLoads(
        key,
        async (cursor, signal) => {
            const page = await pageOf(root, cursor, signal);
            // Rows that are there stay the same objects; only a new state tells that there are more.
            const lanes = cursor === null ? new Lanes() : latest.current.lanes;
            lanes.add(page.entries);
            setShown({ key, state: { lanes, next: page.next, loaded: true, problem: null } });
            if (cursor === null) setGrown(false);
        },
        (problem) => setShown({ key, state: { ...latest.current, problem } }),
    );

    const timers = useRef({ next: 0, last: 0 });
    useEffect(
        () => () => {
            clearTimeout(timers.current.next);
            clearTimeout(timers.current.last);
        },
        [],
    );
    const changed = () => {
        if (latest.current.next !== null || latest.current.lanes.entries.length > pageSize) return setGrown(true);
        timers.current.next ||= window.setTimeout(() => {
            timers.current.next = 0;
            void run(null);
        }, liveDelayMs);
        // Once more when nothing came for a while: the catalogue, which knows of forks, follows the log a little later.
        clearTimeout(timers.current.last);
        timers.current.last = window.setTimeout(() => void run(null), 4 * liveDelayMs);
    };
    useLive({
        exchange: (event) => {
            if ("node" in root || event.session === root.session) changed();
        },
        reset: () => void run(null),
    });
    return {
        lanes: state.lanes,
        more: state.next !== null,
        loading: loading || (!state.loaded && state.problem === null),
        problem: state.problem,
        loadMore: () => {
            if (!isBusy() && state.next !== null && state.problem === null) void run(state.next);
        },
        reload: () => void run(null),
        grown,
    };
}
