import { useCallback, useEffect, useMemo, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { Loading, Nothing, Trouble } from "../../ui/states";
import { useReader } from "./reader";
import { useTold } from "./topic";
import { TurnPart } from "./turn";

export interface TranscriptHandle {
    /** Shows a block, which is loaded where it is not yet. False where the transcript has none of that name. */
    show(key: string, turn: number): Promise<boolean>;
    toTurn(turn: number): void;
    /** Which turn is at the top. */
    current(): number;
}

/** The turns as a list of which only what is seen has elements. */
export function Transcript({ handle, onScroll }: { handle: RefObject<TranscriptHandle | null>; onScroll?: (turn: number) => void }) {
    const { turns } = useReader();
    const total = useTold(turns.changed, () => turns.total);
    const problem = useTold(turns.changed, () => turns.problem);
    const list = useRef<VirtualizerHandle>(null);
    const pane = useRef<HTMLDivElement>(null);
    const numbers = useMemo(() => Array.from({ length: (total ?? 0) + 1 }, (_, index) => index + 1), [total]);
    const look = useCallback(() => {
        const shown = list.current;
        if (!shown) return;
        const first = shown.findItemIndex(shown.scrollOffset) + 1;
        const last = shown.findItemIndex(shown.scrollOffset + shown.viewportSize) + 1;
        turns.want(first - 2, last + 3);
        onScroll?.(first);
    }, [turns, onScroll]);
    useEffect(() => {
        turns.want(1, 1);
    }, [turns]);
    useEffect(look, [total]);
    handle.current = {
        show: async (key, turn) => {
            await turns.whenAt(turn);
            list.current?.scrollToIndex(turn - 1, { align: "start" });
            return bringIntoView(pane.current, key);
        },
        toTurn: (turn) => list.current?.scrollToIndex(turn - 1, { align: "start" }),
        current: () => (list.current ? list.current.findItemIndex(list.current.scrollOffset) + 1 : 1),
    };
    return (
        <div class="transcript" ref={pane} role="region" aria-label="Transcript" tabIndex={0}>
            {total === null && problem === null && <Loading />}
            {problem !== null && <Trouble problem={problem} retry={() => turns.reload()} />}
            {total === 0 && turns.at(1)?.length === 0 && <Nothing>Nothing was said here yet.</Nothing>}
            {total !== null && (
                <Virtualizer ref={list} scrollRef={pane} data={numbers} bufferSize={600} onScroll={look}>
                    {(turn: number) => <TurnPart key={turn} turn={turn} />}
                </Virtualizer>
            )}
        </div>
    );
}

/** Waits a few frames for the element of a block, and scrolls to it. */
async function bringIntoView(pane: HTMLElement | null, key: string): Promise<boolean> {
    for (let frame = 0; frame < 30; ++frame) {
        const found = pane?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
        if (found) {
            found.scrollIntoView({ block: "nearest" });
            found.focus({ preventScroll: true });
            return true;
        }
        await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    return false;
}
