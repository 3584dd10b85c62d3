import { useRef } from "preact/hooks";

export interface CalmList<T> {
    shown: readonly T[];
    /** How many stand before those that are shown, and wait. */
    waiting: number;
}

/**
 * Brings newly loaded items into an order that is looked at, without moving what stands there: known ones stay in
 * their places with their new values, those behind the last known one are added, and those before it wait.
 */
export function keepOrder<T>(
    order: readonly (string | number)[],
    items: readonly T[],
    identity: (item: T) => string | number,
): CalmList<T> {
    const loaded = new Map(items.map((item, index) => [identity(item), { item, index }]));
    let last = -1;
    const shown: T[] = [];
    for (const name of order) {
        const found = loaded.get(name);
        if (!found) continue;
        shown.push(found.item);
        last = Math.max(last, found.index);
    }
    const known = new Set(order);
    let waiting = 0;
    items.forEach((item, index) => {
        if (known.has(identity(item))) return;
        if (index > last) shown.push(item);
        else ++waiting;
    });
    return { shown, waiting };
}

/** keepOrder() while `calm`, else the items as they are. Another key is another list. */
export function useCalmOrder<T>(
    key: string,
    items: readonly T[],
    identity: (item: T) => string | number,
    calm: boolean,
): CalmList<T> {
    const kept = useRef<{ key: string; order: (string | number)[] }>({ key, order: [] });
    const fixed = calm && kept.current.key === key && kept.current.order.length > 0;
    const list = fixed ? keepOrder(kept.current.order, items, identity) : { shown: items, waiting: 0 };
    kept.current = { key, order: list.shown.map(identity) };
    return list;
}
