import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { memo } from "preact/compat";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { atRest } from "../../ui/rest";
import { Loading, Nothing, Trouble } from "../../ui/states";
import { LiveAnswers, type LiveAnswerStore } from "./live-answers";
import { useReader } from "./reader";
import { useTold } from "./topic";
import { TurnPart } from "./turn";

export interface TranscriptHandle {
    /** Shows a part by its name, in a turn that is loaded where it is not yet. False where there is no such part. */
    show(key: string, turn: number, align?: "nearest" | "start"): Promise<boolean>;
    toTurn(turn: number): void;
    toEnd(): void;
    /** The turn at the top. */
    current(): number;
    /** The element of a part, while it is there. */
    element(key: string): HTMLElement | null;
}

/** The list's last item: answers that are still coming. */
const liveItem = 0;
/** How high a turn may be, in pixels, until it is measured: a list that takes it for less makes too many at first. */
const usualTurn = 200;
/** So far beyond both edges turns have elements, in pixels. At first, none: what is seen comes sooner. */
const beyond = 600;
/** So near to its end a reader is at the end. */
const endMargin = 60;

interface TranscriptProps {
    handle: RefObject<TranscriptHandle | null>;
    live: LiveAnswerStore;
    onTurn: (turn: number) => void;
    /** Everything that is loaded has elements, for printing. */
    whole: boolean;
}

/** The turns as a list of which only what is seen has elements. */
export const Transcript = memo(function Transcript({ handle, live, onTurn, whole }: TranscriptProps) {
    const { turns } = useReader();
    const total = useTold(turns.changed, () => turns.total);
    const problem = useTold(turns.changed, () => turns.problem);
    const empty = useTold(turns.changed, () => turns.total === 0 && turns.at(1)?.length === 0);
    const list = useRef<VirtualizerHandle>(null);
    const pane = useRef<HTMLDivElement>(null);
    const items = useMemo(
        () => [...Array.from({ length: (total ?? 0) + 1 }, (_, index) => index + 1), liveItem],
        [total],
    );
    const look = useCallback(() => {
        const shown = list.current;
        if (!shown) return;
        const first = shown.findItemIndex(shown.scrollOffset) + 1;
        const last = shown.findItemIndex(shown.scrollOffset + shown.viewportSize) + 1;
        turns.want(first - 2, last + 3);
        onTurn(first);
    }, [turns, onTurn]);
    // Before anything is painted: it may have been asked for already (views/ahead.ts).
    useLayoutEffect(() => turns.want(1, 1), [turns]);
    useEffect(look, [total, look]);
    const [isDrawn, setDrawn] = useState(false);
    useEffect(() => {
        if (total !== null && !isDrawn) void atRest().then(() => setDrawn(true));
    }, [total, isDrawn]);
    // When everything is read anew, what is seen is wanted first.
    useEffect(() => turns.changed.subscribe(look), [turns, look]);
    const toEnd = () => list.current?.scrollToIndex(items.length - 1, { align: "end" });
    const follow = useFollowing(toEnd, turns.changed, live);
    const { scrolled } = follow;
    const onScroll = useCallback(() => {
        look();
        // As the list knows it: to ask the elements would have them laid out before all that changes has changed.
        const shown = list.current;
        if (shown) scrolled(shown.scrollSize - shown.scrollOffset - shown.viewportSize < endMargin);
    }, [look, scrolled]);
    handle.current = {
        show: async (key, turn, align = "nearest") => {
            if (scrollTo(pane.current, key, align)) return true;
            await turns.whenAt(turn);
            list.current?.scrollToIndex(turn - 1, { align: "start" });
            let there = false;
            // What is around the part is measured as it appears, which moves it: the place is right once nothing moves.
            for (let frame = 0, still = 0; frame < 60 && still < 5; ++frame) {
                await new Promise((resolve) => requestAnimationFrame(resolve));
                const before = elementOf(pane.current, key)?.getBoundingClientRect().top;
                there = scrollTo(pane.current, key, align);
                still = there && before === elementOf(pane.current, key)?.getBoundingClientRect().top ? still + 1 : 0;
            }
            return there;
        },
        toTurn: (turn) => list.current?.scrollToIndex(turn - 1, { align: "start" }),
        toEnd,
        current: () => (list.current ? list.current.findItemIndex(list.current.scrollOffset) + 1 : 1),
        element: (key) => elementOf(pane.current, key),
    };
    const item = useCallback(
        (number: number) =>
            number === liveItem ? <LiveAnswers key="live" store={live} /> : <TurnPart key={number} turn={number} />,
        [live],
    );
    return (
        <div class="transcript-place">
            <div class="transcript" ref={pane} role="region" aria-label="Transcript" tabIndex={0}>
                <h2 class="hidden-visually">Transcript</h2>
                {total === null && problem === null && <Loading />}
                {problem !== null && <Trouble problem={problem} retry={() => turns.reload()} />}
                {empty && <Nothing>Nothing was said here yet.</Nothing>}
                {total !== null && whole && items.filter((one) => one === liveItem || turns.at(one) !== null).map(item)}
                {total !== null && !whole && (
                    <Virtualizer
                        ref={list}
                        scrollRef={pane}
                        data={items}
                        itemSize={usualTurn}
                        bufferSize={isDrawn ? beyond : 0}
                        onScroll={onScroll}
                    >
                        {item}
                    </Virtualizer>
                )}
            </div>
            {follow.behind && (
                <button type="button" class="to-newest" onClick={follow.toNewest}>
                    Jump to the newest ↓
                </button>
            )}
        </div>
    );
});

/** Keeps a reader who is at the end there while more comes, and tells one who is not. */
function useFollowing(toEnd: () => void, ...sources: [TurnsTopic, LiveAnswerStore]) {
    const [behind, setBehind] = useState(false);
    const atEnd = useRef(false);
    const go = useRef(toEnd);
    go.current = toEnd;
    const [turnsChanged, live] = sources;
    const { turns } = useReader();
    useLayoutEffect(() => {
        let known = turns.total;
        const changed = () => {
            const more = known !== null && turns.total !== null && turns.total > known;
            known = turns.total;
            if (atEnd.current) requestAnimationFrame(() => go.current());
            else if (more) setBehind(true);
        };
        const grown = () => {
            if (atEnd.current) requestAnimationFrame(() => go.current());
        };
        const quit = [turnsChanged.subscribe(changed), live.changed.subscribe(grown)];
        return () => {
            for (const one of quit) one();
        };
    }, [turnsChanged, live, turns]);
    const scrolled = useCallback((isAtEnd: boolean) => {
        atEnd.current = isAtEnd;
        if (isAtEnd) setBehind(false);
    }, []);
    return {
        behind,
        /** To be told, when the transcript was scrolled, whether it is at its end. */
        scrolled,
        toNewest: () => {
            setBehind(false);
            toEnd();
        },
    };
}

type TurnsTopic = ReturnType<typeof useReader>["turns"]["changed"];

function elementOf(pane: HTMLElement | null, key: string): HTMLElement | null {
    return pane?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null;
}

/** Scrolls to a part and gives it the focus; false where it has no element. */
function scrollTo(pane: HTMLElement | null, key: string, align: "nearest" | "start"): boolean {
    const found = elementOf(pane, key);
    if (!found) return false;
    found.scrollIntoView({ block: align });
    found.focus({ preventScroll: true });
    return true;
}
