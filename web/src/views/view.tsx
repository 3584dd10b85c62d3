import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { usePlace, type Place } from "../route";
import { Loading, Nothing } from "../ui/states";

/** What every view is given: where the page is. */
export interface ViewProps {
    place: Place;
}

type Module = Promise<{ default: ComponentType<ViewProps> }>;

/** The views by the address. Each is a chunk of its own, loaded when it is first shown. */
function loaderOf({ path }: Place): (() => Module) | null {
    const [first, , third] = path;
    switch (first) {
        case undefined:
            return () => import("./sessions");
        case "s":
            if (path.length < 2) return null;
            if (third === "tree") return () => import("./tree");
            if (third === "cache") return () => import("./cache");
            return () => import("./session");
        case "n":
            if (path.length < 2) return null;
            return third === "tree" ? () => import("./tree") : () => import("./session");
        case "x":
            if (path.length < 2) return () => import("./exchanges");
            return third === "cache" ? () => import("./cache") : () => import("./exchange");
        case "compare":
            return () => import("./compare");
        case "search":
            return () => import("./search");
        case "usage":
            return () => import("./usage");
        case "delivery":
            return () => import("./delivery");
        default:
            return null;
    }
}

const loaded = new Map<string, ComponentType<ViewProps>>();

export function View() {
    const place = usePlace();
    const load = loaderOf(place);
    const name = load === null ? "" : String(load);
    const [, setRound] = useState(0);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
        if (load === null || loaded.has(name)) return;
        setFailed(false);
        load()
            .then((module) => {
                loaded.set(name, module.default);
                setRound((round) => round + 1);
            })
            .catch(() => setFailed(true));
    }, [name]);
    if (load === null) return <Nothing>There is no such view. The address may have been cut.</Nothing>;
    if (failed)
        return (
            <Nothing>
                This part of the page could not be loaded. Does tapes still run? Reload the page to try again.
            </Nothing>
        );
    const Shown = loaded.get(name);
    return Shown ? <Shown place={place} key={name} /> : <Loading />;
}
