import { useCallback, useLayoutEffect, useState } from "preact/hooks";

/**
 * The URL is the page's state: what is shown, how it is filtered and what is chosen all stand in it, so that every
 * view has an address and Back works.
 */

/** First segments of the page's addresses. The server answers index.html for these, and for "/". */
export const firstSegments = ["s", "n", "x", "compare", "search", "usage", "delivery"] as const;

export interface Place {
    /** Segments of the path, percent-decoded: ["s", "NAME", "cache"]. */
    path: string[];
    query: URLSearchParams;
}

/** Fired on window whenever the address changed. */
const moved = "tapes:moved";

function decoded(segment: string): string {
    try {
        return decodeURIComponent(segment);
    } catch {
        return segment;
    }
}

export function currentPlace(): Place {
    const path = location.pathname.split("/").filter(Boolean).map(decoded);
    return { path, query: new URLSearchParams(location.search) };
}

/** Makes an address of segments and parameters; those that are null, undefined or "" are left out. */
export function addressOf(path: string[], query: Record<string, string | number | null | undefined> = {}): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
        if (value !== null && value !== undefined && value !== "") parameters.append(name, String(value));
    }
    const text = parameters.toString();
    return `/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`;
}

export const addresses = {
    sessions: () => "/",
    session: (id: string, query = {}) => addressOf(["s", id], query),
    sessionTree: (id: string, query = {}) => addressOf(["s", id, "tree"], query),
    sessionCache: (id: string, query = {}) => addressOf(["s", id, "cache"], query),
    node: (hash: string, query = {}) => addressOf(["n", hash], query),
    nodeTree: (hash: string, query = {}) => addressOf(["n", hash, "tree"], query),
    exchanges: (query: Record<string, string | number | null | undefined> = {}) => addressOf(["x"], query),
    exchange: (id: string, query = {}) => addressOf(["x", id], query),
    exchangeCache: (id: string) => addressOf(["x", id, "cache"]),
    compare: (kind: "chains" | "exchanges" | "sessions", left: string, right: string) =>
        addressOf(["compare"], { kind, left, right }),
    search: (query: string) => addressOf(["search"], { query }),
    usage: (query = {}) => addressOf(["usage"], query),
    delivery: () => "/delivery",
};

/** Goes to an address of the page. With `replace` it takes the place of the current one in the history. */
export function navigate(address: string, { replace = false } = {}): void {
    if (address === location.pathname + location.search + location.hash) return;
    if (replace) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
    window.dispatchEvent(new Event(moved));
}

/** Re-renders whenever the address changes. */
export function usePlace(): Place {
    const [place, setPlace] = useState(currentPlace);
    // With the first drawing: what is drawn in it may go elsewhere soon.
    useLayoutEffect(() => {
        const read = () => setPlace(currentPlace());
        window.addEventListener(moved, read);
        window.addEventListener("popstate", read);
        return () => {
            window.removeEventListener(moved, read);
            window.removeEventListener("popstate", read);
        };
    }, []);
    return place;
}

/** A parameter of the address as state. "" and null take it away. Without `push` it replaces the address. */
export function useParameter(name: string): [string | null, (value: string | null, push?: boolean) => void] {
    const { query } = usePlace();
    const set = useCallback(
        (value: string | null, push = false) => {
            const changed = new URLSearchParams(location.search);
            if (value === null || value === "") changed.delete(name);
            else changed.set(name, value);
            const text = changed.toString();
            navigate(location.pathname + (text === "" ? "" : `?${text}`), { replace: !push });
        },
        [name],
    );
    return [query.get(name), set];
}

/** Lets clicks on links of the page change the view without loading it again; modified clicks stay the browser's. */
export function followLinks(): void {
    document.addEventListener("click", (event) => {
        if (event.defaultPrevented || event.button !== 0) return;
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        const link = event.target instanceof Element ? event.target.closest("a") : null;
        if (!link || link.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
        const first = link.pathname.split("/")[1] ?? "";
        if (first !== "" && !(firstSegments as readonly string[]).includes(first)) return;
        if (link.pathname === location.pathname && link.search === location.search && link.hash !== "") return;
        event.preventDefault();
        navigate(link.pathname + link.search + link.hash);
        window.scrollTo(0, 0);
    });
}
