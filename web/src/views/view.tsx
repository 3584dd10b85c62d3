import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { usePlace, type Place } from "../route";
import { Loading, Nothing } from "../ui/states";

/** What every view is given: where the page is. */
export interface ViewProps {
    place: Place;
}

type Module = Promise<{ default: ComponentType<ViewProps> }>;

/** The views. Each is a chunk of its own, loaded when it is first shown. */
const loaders = {
    sessions: (): Module => import("./sessions"),
    session: (): Module => import("./session"),
    tree: (): Module => import("./tree"),
    cache: (): Module => import("./cache"),
    exchanges: (): Module => import("./exchanges"),
    exchange: (): Module => import("./exchange"),
    compare: (): Module => import("./compare"),
    search: (): Module => import("./search"),
    usage: (): Module => import("./usage"),
    delivery: (): Module => import("./delivery"),
};
type Name = keyof typeof loaders;

/** The view of an address. */
function nameOf({ path }: Place): Name | null {
    const [first, , third] = path;
    switch (first) {
        case undefined:
            return "sessions";
        case "s":
            if (path.length < 2) return null;
            return third === "tree" || third === "cache" ? third : "session";
        case "n":
            if (path.length < 2) return null;
            return third === "tree" ? "tree" : "session";
        case "x":
            if (path.length < 2) return "exchanges";
            return third === "cache" ? "cache" : "exchange";
        case "compare":
        case "search":
        case "usage":
        case "delivery":
            return first;
        default:
            return null;
    }
}

const loaded = new Map<Name, ComponentType<ViewProps>>();

/**
 * Has the browser load all files of a view at once. A file names those that it needs itself, so that the browser would
 * learn of them one after the other; index.html lists them (bundle.mjs).
 */
function preload(name: Name): void {
    const list = document.querySelector<HTMLMetaElement>(`meta[name="files-of-${name}"]`);
    for (const file of list?.content.split(" ") ?? []) {
        const link = document.createElement("link");
        link.rel = "modulepreload";
        link.href = file;
        document.head.append(link);
    }
    list?.remove();
}

async function load(name: Name): Promise<void> {
    preload(name);
    loaded.set(name, (await loaders[name]()).default);
}

/** Loads the view of an address. Resolves when that is done, or cannot be: View tries again, and tells it. */
export async function loadView(place: Place): Promise<void> {
    const name = nameOf(place);
    if (name !== null) await load(name).catch(() => {});
}

export function View() {
    const place = usePlace();
    const name = nameOf(place);
    const [, setRound] = useState(0);
    const [failed, setFailed] = useState(false);
    const Shown = name === null ? undefined : loaded.get(name);
    useEffect(() => {
        if (name === null || Shown) return;
        setFailed(false);
        load(name)
            .then(() => setRound((round) => round + 1))
            .catch(() => setFailed(true));
    }, [name]);
    if (name === null) return <Nothing>There is no such view. The address may have been cut.</Nothing>;
    if (failed)
        return (
            <Nothing>
                This part of the page could not be loaded. Does tapes still run? Reload the page to try again.
            </Nothing>
        );
    return Shown ? <Shown place={place} key={name} /> : <Loading />;
}
