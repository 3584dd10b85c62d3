import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Something that changes outside of components, and tells those who listen. */
export class Topic {
    private readonly listeners = new Set<() => void>();

    subscribe(listener: () => void): () => void {
        this.listeners.add(listener);
        return () => {
            this.listeners.delete(listener);
        };
    }

    tell(): void {
        for (const listener of [...this.listeners]) listener();
    }
}

/** A value read from what changes with a topic. Renders again only when the value is another one. */
export function useTold<T>(topic: Topic, read: () => T): T {
    const [, setRound] = useState(0);
    const value = read();
    const latest = useRef({ read, value });
    latest.current = { read, value };
    useLayoutEffect(() => {
        const look = () => {
            if (!Object.is(latest.current.read(), latest.current.value)) setRound((round) => round + 1);
        };
        look();
        return topic.subscribe(look);
    }, [topic]);
    return value;
}
