import type { ComponentChildren, RefObject } from "preact";
import { useCallback, useMemo, useRef } from "preact/hooks";
import { usePages } from "../api/load";
import { useReloadWhenRecorded } from "../api/recorded";
import { useCalmOrder } from "./calm-order";
import { useChosenRow } from "./chosen-row";
import { useKeys, type Key } from "./keys";
import { Loading, Trouble } from "./states";
import { WindowRows, useNarrow, useScrolled, useStickyTop } from "./window-rows";

export interface RowPlace<T> {
    index: number;
    chosen: boolean;
    /** There is no room for columns: the row is a card. */
    narrow: boolean;
    /** Called before the row is opened: Back comes to it again. */
    onOpen: () => void;
    /** All rows that are loaded. */
    all: readonly T[];
}

export interface LiveListProps<T> {
    title: string;
    /** One of the rows: "session". */
    noun: string;
    /** Says which list it is: with another one it is loaded anew. */
    listKey: string;
    loadPage: (cursor: string | null, signal: AbortSignal) => Promise<{ items: T[]; next: string | null }>;
    identity: (item: T) => string;
    /** Heights of a row and of a card, in rem. */
    heights: readonly [number, number];
    columns: (top: number, measured: RefObject<HTMLDivElement | null>) => ComponentChildren;
    row: (item: T, place: RowPlace<T>) => ComponentChildren;
    /** Keys besides j and k, for the chosen row. */
    keys?: (chosen: string | null) => Key[];
    /** What is said where there is nothing. */
    nothing: ComponentChildren;
    /** What is said where nothing was found yet, but the server did not look at all. */
    lookFurther?: string;
}

/** A list of which the newest stand first, as rows of columns or as cards. What is recorded comes in by itself. */
export function LiveList<T>(props: LiveListProps<T>) {
    const { identity, heights, noun } = props;
    const list = useRef<HTMLDivElement>(null);
    const head = useRef<HTMLDivElement>(null);
    const top = useStickyTop();
    const narrow = useNarrow();
    const scrolled = useScrolled(200);
    const pages = usePages<T>(props.listKey, props.loadPage, identity, true);
    const { value, more, loadMore, loading, problem, reload } = pages;
    useReloadWhenRecorded(reload);
    const { shown, waiting } = useCalmOrder(props.listKey, value ?? [], identity, scrolled);
    const names = useMemo(() => shown.map(identity), [shown]);
    const covered = top + (narrow ? 0 : (head.current?.offsetHeight ?? 0));
    const { chosen, choose, reveal, keys } = useChosenRow(names, noun, list, covered);
    useKeys(props.title, [...keys, ...(props.keys?.(chosen) ?? [])]);
    const onEnd = useCallback(() => {
        if (more && shown.length > 0) loadMore();
    }, [more, loadMore, shown.length]);
    return (
        <>
            {problem && <Trouble problem={problem} retry={reload} />}
            {value === null && loading && <Loading />}
            {value?.length === 0 && !more && props.nothing}
            {value?.length === 0 && more && !loading && (
                <div class="state">
                    <p>{props.lookFurther ?? "Nothing was found so far."}</p>
                    <button type="button" onClick={loadMore}>
                        Look further back
                    </button>
                </div>
            )}
            {shown.length > 0 && (
                <div ref={list} role="table" aria-label={props.title} aria-rowcount={more ? -1 : shown.length + 1}>
                    {!narrow && props.columns(top, head)}
                    <WindowRows
                        items={shown}
                        height={heights[narrow ? 1 : 0]}
                        covered={covered}
                        reveal={reveal}
                        onEnd={onEnd}
                        render={(item, index) => {
                            const name = identity(item);
                            return props.row(item, {
                                index,
                                narrow,
                                chosen: name === chosen,
                                onOpen: () => choose(name),
                                all: shown,
                            });
                        }}
                    />
                </div>
            )}
            {value !== null && loading && more && <Loading text="Loading more…" />}
            {waiting > 0 && (
                <button type="button" class="list-note" onClick={() => scrollTo(0, 0)}>
                    {waiting === 1 ? `1 new ${noun}` : `${waiting} new ${noun}s`} ↑
                </button>
            )}
        </>
    );
}
