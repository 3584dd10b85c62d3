import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Problem, asProblem, get, type Answer, type GetPath, type Parameters } from "./client";

/** What a view waits for. A reload keeps the value that is shown until the new one is there. */
export interface Loaded<T> {
    value: T | null;
    problem: Problem | null;
    loading: boolean;
    reload: () => void;
}

/** Calls `load` at first, when `key` changes, and on reload(). A null key loads nothing. */
export function useLoad<T>(key: string | null, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
    const [state, setState] = useState<{ key: string | null; value: T | null; problem: Problem | null }>({
        key,
        value: null,
        problem: null,
    });
    const [round, setRound] = useState(0);
    const [loading, setLoading] = useState(key !== null);
    const latest = useRef(load);
    latest.current = load;
    // Before anything is painted: it may be there already (views/ahead.ts).
    useLayoutEffect(() => {
        if (key === null) return;
        const stop = new AbortController();
        setLoading(true);
        latest
            .current(stop.signal)
            .then((value) => setState({ key, value, problem: null }))
            .catch((error: unknown) => {
                if (!stop.signal.aborted)
                    setState((old) => ({ key, value: old.key === key ? old.value : null, problem: asProblem(error) }));
            })
            .finally(() => {
                if (!stop.signal.aborted) setLoading(false);
            });
        return () => stop.abort();
    }, [key, round]);
    const reload = useCallback(() => setRound((old) => old + 1), []);
    const fresh = state.key === key;
    return {
        value: fresh ? state.value : null,
        problem: fresh ? state.problem : null,
        loading: loading || (!fresh && key !== null),
        reload,
    };
}

/** Asks one question of the read API, and again when its parameters change. Null parameters ask nothing. */
export function useGet<P extends GetPath>(path: P, parameters: Parameters<P> | null): Loaded<Answer<P>> {
    const key = parameters === null ? null : `${path} ${JSON.stringify(parameters)}`;
    return useLoad(key, (signal) => get(path, parameters ?? {}, signal));
}

/**
 * Loads pages, one at a time: a new load ends the one before. `load` takes the cursor of a page in, null for the first one,
 * at first and when `key` changes; a null key loads nothing. `fail` is told what went wrong.
 */
export function usePageLoads(
    key: string | null,
    load: (cursor: string | null, signal: AbortSignal) => Promise<void>,
    fail: (problem: Problem) => void,
) {
    const [loading, setLoading] = useState(false);
    const busy = useRef<AbortController | null>(null);
    const latest = useRef({ load, fail });
    latest.current = { load, fail };
    const run = useCallback(
        async (cursor: string | null) => {
            if (key === null) return;
            busy.current?.abort();
            const stop = new AbortController();
            busy.current = stop;
            setLoading(true);
            try {
                await latest.current.load(cursor, stop.signal);
            } catch (error) {
                if (stop.signal.aborted) return;
                latest.current.fail(asProblem(error));
            }
            if (busy.current === stop) {
                busy.current = null;
                setLoading(false);
            }
        },
        [key],
    );
    useEffect(() => {
        void run(null);
        return () => busy.current?.abort();
    }, [run]);
    const isBusy = useCallback(() => busy.current !== null, []);
    return { run, loading, isBusy };
}

export interface Pages<T> extends Loaded<T[]> {
    /** Whether there are more behind the last item. */
    more: boolean;
    /** Loads the next page, unless one is being loaded. */
    loadMore: () => void;
}

interface PagesState<T> {
    key: string | null;
    items: T[] | null;
    next: string | null;
    problem: Problem | null;
}

/** Lists that were shown before, by their keys, the newest last. */
const remembered = new Map<string, PagesState<unknown>>();

function remember(state: PagesState<unknown>): void {
    if (state.key === null || state.items === null) return;
    remembered.delete(state.key);
    remembered.set(state.key, state);
    const [oldest] = remembered.keys();
    if (remembered.size > 5 && oldest !== undefined) remembered.delete(oldest);
}

/**
 * Loads page after page. `loadPage` gets the cursor of a page, null for the first one. reload() reads the first page
 * again and keeps the items behind it, by `identity`, in their order. With `keep` a view that comes back (Back, in the
 * browser) begins with what it had: the key must then name the kind of items, too.
 */
export function usePages<T>(
    key: string | null,
    loadPage: (cursor: string | null, signal: AbortSignal) => Promise<{ items: T[]; next: string | null }>,
    identity: (item: T) => string | number,
    keep = false,
): Pages<T> {
    const known = keep && key !== null ? (remembered.get(key) as PagesState<T> | undefined) : undefined;
    const empty: PagesState<T> = known ?? { key, items: null, next: null, problem: null };
    const [state, setState] = useState<PagesState<T>>(empty);
    if (keep && state.key === key) remember(state);
    const { run, loading, isBusy } = usePageLoads(
        key,
        async (cursor, signal) => {
            let page = await loadPage(cursor, signal);
            // A page may be empty and have a next one: the server looks at a bounded number of rows at a time.
            for (let round = 0; page.items.length === 0 && page.next !== null && round < 20; ++round)
                page = await loadPage(page.next, signal);
            setState((old) => merged(old.key === key ? old : empty, page, cursor, identity));
        },
        (problem) => setState((old) => ({ ...(old.key === key ? old : empty), key, problem })),
    );

    const fresh = state.key === key ? state : empty;
    const loadMore = () => {
        if (!isBusy() && fresh.next !== null) void run(fresh.next);
    };
    const reload = useCallback(() => {
        if (!isBusy()) void run(null);
    }, [run, isBusy]);
    return {
        value: fresh.items,
        problem: fresh.problem,
        loading: loading || (fresh.items === null && fresh.problem === null && key !== null),
        more: fresh.next !== null,
        loadMore,
        reload,
    };
}

function merged<T>(
    old: PagesState<T>,
    page: { items: T[]; next: string | null },
    cursor: string | null,
    identity: (item: T) => string | number,
): PagesState<T> {
    const before = old.items ?? [];
    if (cursor !== null) {
        const known = new Set(before.map(identity));
        return {
            ...old,
            items: [...before, ...page.items.filter((item) => !known.has(identity(item)))],
            next: page.next,
            problem: null,
        };
    }
    const again = new Set(page.items.map(identity));
    const rest = before.filter((item) => !again.has(identity(item)));
    // Behind the first page stands what was loaded before, and its cursor goes on from there.
    const next = rest.length > 0 ? old.next : page.next;
    return { ...old, items: [...page.items, ...rest], next, problem: null };
}
