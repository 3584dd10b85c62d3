import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { usePrinting } from "./printing";

/** Rows that are drawn beyond both edges of the window, so that scrolling finds them there. */
const margin = 12;

/** Of what is loaded, printed at most. */
const mostPrinted = 2000;
const step = 8;

/** The height of what sticks to the top of the window, in pixels: the shell's header. */
export function useStickyTop(): number {
    const [height, setHeight] = useState(0);
    useLayoutEffect(() => {
        const header = document.querySelector<HTMLElement>("header.shell");
        if (!header) return;
        const measure = () => setHeight(header.offsetHeight);
        measure();
        const watch = new ResizeObserver(measure);
        watch.observe(header);
        return () => watch.disconnect();
    }, []);
    return height;
}

/** Whether the reader has scrolled further than this many pixels. */
export function useScrolled(pixels: number): boolean {
    const [scrolled, setScrolled] = useState(scrollY > pixels);
    useEffect(() => {
        const read = () => setScrolled(scrollY > pixels);
        read();
        addEventListener("scroll", read, { passive: true });
        return () => removeEventListener("scroll", read);
    }, [pixels]);
    return scrolled;
}

/** Whether columns have no room, so that rows are cards. */
export function useNarrow(width = 760): boolean {
    const query = `(max-width: ${width}px)`;
    const [narrow, setNarrow] = useState(() => matchMedia(query).matches);
    useEffect(() => {
        const media = matchMedia(query);
        const read = () => setNarrow(media.matches);
        media.addEventListener("change", read);
        return () => media.removeEventListener("change", read);
    }, [query]);
    return narrow;
}

function rootFontSize(): number {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

interface Range {
    first: number;
    last: number;
}

export interface WindowRowsProps<T> {
    items: readonly T[];
    /** Of each row, in rem. */
    height: number;
    /** What covers the top of the window, in pixels. */
    covered: number;
    /** What covers its bottom. */
    coveredBelow?: number;
    /** Draws a row as one element, which takes the whole height. */
    render: (item: T, index: number) => ComponentChildren;
    /** Called when the end comes near. */
    onEnd?: () => void;
    /** The row to bring into sight, whenever `round` changes; null: none. */
    reveal: { index: number; round: number } | null;
}

/**
 * Rows of one height of which only those in the window are drawn, however many there are. The window itself scrolls, so
 * that keys, the browser's search and Back work as on any page.
 */
export function WindowRows<T>({ items, height, covered, coveredBelow = 0, render, onEnd, reveal }: WindowRowsProps<T>) {
    const box = useRef<HTMLDivElement>(null);
    const [range, setRange] = useState<Range>({ first: 0, last: 60 });
    const pixels = height * rootFontSize();
    const measure = useCallback(() => {
        if (!box.current) return;
        const top = box.current.getBoundingClientRect().top;
        // In steps, so that not every turn of the wheel draws anew.
        const first = Math.max(0, Math.floor((-top / pixels - margin) / step) * step);
        const last = Math.ceil(((innerHeight - top) / pixels + margin) / step) * step;
        setRange((old) => (old.first === first && old.last === last ? old : { first, last }));
    }, [pixels]);
    useLayoutEffect(measure);
    useEffect(() => {
        addEventListener("scroll", measure, { passive: true });
        addEventListener("resize", measure);
        return () => {
            removeEventListener("scroll", measure);
            removeEventListener("resize", measure);
        };
    }, [measure]);
    useEffect(() => {
        if (range.last >= items.length) onEnd?.();
    }, [range.last, items.length, onEnd]);
    useLayoutEffect(() => {
        if (reveal === null || !box.current) return;
        const top = box.current.getBoundingClientRect().top + reveal.index * pixels;
        if (top < covered) scrollBy(0, reveal.index === 0 ? -scrollY : top - covered);
        else if (top + pixels > innerHeight - coveredBelow) scrollBy(0, top + pixels - innerHeight + coveredBelow);
        measure();
    }, [reveal?.round]);
    const printing = usePrinting();
    const first = printing ? 0 : Math.min(range.first, Math.max(0, items.length - 1));
    const last = printing ? mostPrinted : range.last;
    return (
        <div ref={box} role="rowgroup" class="window-rows" style={{ height: `${items.length * height}rem` }}>
            <div role="presentation" style={{ transform: `translateY(${first * height}rem)` }}>
                {items.slice(first, last).map((item, index) => render(item, first + index))}
            </div>
        </div>
    );
}
