import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { WindowVirtualizer, type WindowVirtualizerHandle } from "virtua";
import { useParameter } from "../../route";
import { announce } from "../../ui/announce";
import { useKeys } from "../../ui/keys";
import { usePrinting } from "../../ui/printing";
import { useStickyTop } from "../../ui/window-rows";

export interface Step {
    key: string;
    /** A place to which `n` and `p` lead. */
    differs: boolean;
    label: string;
    content: () => ComponentChildren;
}

export interface StepsProps {
    label: string;
    steps: readonly Step[];
    more: boolean;
    loading: boolean;
    loadMore: () => void;
}

function StepBox({ step, current, wanted }: { step: Step; current: boolean; wanted: { current: boolean } }) {
    const box = useRef<HTMLElement>(null);
    // Without dependencies: the list draws a row that was far away some time after it was asked for.
    useLayoutEffect(() => {
        if (!current || !wanted.current) return;
        wanted.current = false;
        box.current?.focus({ preventScroll: true });
    });
    if (!step.differs) return <div class="difference-same">{step.content()}</div>;
    return (
        <article ref={box} class={`difference-step${current ? " current" : ""}`} tabIndex={-1} aria-label={step.label}>
            {step.content()}
        </article>
    );
}

/** What the buttons cover below the header, in pixels. */
const toolsHeight = 48;

/** Of what is loaded, printed at most. */
const mostPrinted = 500;

/** What differs, one after the other, however much that is. `n` and `p` lead from one to the next; where stands in the address. */
export function Steps({ label, steps, more, loading, loadMore }: StepsProps) {
    const list = useRef<WindowVirtualizerHandle>(null);
    const box = useRef<HTMLDivElement>(null);
    const wanted = useRef(false);
    const covered = useStickyTop();
    const printing = usePrinting();
    const [at, setAt] = useParameter("at");
    const differing = steps.flatMap((step, index) => (step.differs ? [index] : []));
    const current = steps.findIndex(({ key }) => key === at);
    const step = (direction: 1 | -1) => {
        const target =
            direction > 0
                ? differing.find((index) => index > current)
                : differing.filter((index) => index < current || current < 0).at(-1);
        if (target === undefined) {
            if (direction > 0 && more) loadMore();
            announce(
                direction > 0
                    ? more
                        ? "More is being loaded."
                        : "There is no difference behind this one."
                    : "There is no difference before this one.",
            );
            return;
        }
        wanted.current = true;
        setAt(steps[target]?.key ?? null);
        list.current?.scrollToIndex(target, { align: "start", offset: -covered - toolsHeight });
        announce(`Difference ${differing.indexOf(target) + 1} of ${differing.length}${more ? " so far" : ""}.`);
    };
    useKeys("Compare", [
        { keys: "n", text: "Next difference", moves: true, run: () => step(1) },
        { keys: "p", text: "Difference before", moves: true, run: () => step(-1) },
    ]);
    // A permalink leads to its place once it is loaded.
    const first = useRef(at);
    useEffect(() => {
        if (first.current === null) return;
        if (current >= 0) {
            first.current = null;
            requestAnimationFrame(() =>
                list.current?.scrollToIndex(current, { align: "start", offset: -covered - toolsHeight }),
            );
        } else if (more && !loading) loadMore();
    }, [current, more, loading]);
    const look = () => {
        if (box.current && more && !loading && box.current.getBoundingClientRect().bottom < innerHeight * 2) loadMore();
    };
    useEffect(look);
    return (
        <div ref={box} class="difference-steps" role="region" aria-label={label}>
            <div class="difference-tools" style={{ top: `${covered}px` }}>
                <button type="button" aria-keyshortcuts="p" onClick={() => step(-1)}>
                    ↑ Difference before
                </button>
                <button type="button" aria-keyshortcuts="n" onClick={() => step(1)}>
                    ↓ Next difference
                </button>
            </div>
            {printing ? (
                steps
                    .slice(0, mostPrinted)
                    .map((one) => <StepBox key={one.key} step={one} current={false} wanted={wanted} />)
            ) : (
                <WindowVirtualizer ref={list} data={steps as Step[]} onScroll={look}>
                    {(one: Step) => <StepBox key={one.key} step={one} current={one.key === at} wanted={wanted} />}
                </WindowVirtualizer>
            )}
        </div>
    );
}
