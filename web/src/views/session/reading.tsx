import type { ComponentChildren } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { addresses, useParameter } from "../../route";
import { useKeys } from "../../ui/keys";
import { Details } from "./details";
import { useSessionLive } from "./live";
import { LiveContext } from "./live-answers";
import { Outline } from "./outline";
import { OutlineStore, type OutlineEntry } from "./outline-store";
import { findTarget } from "./permalink";
import { usePrinting } from "./printing";
import { Reader, ReaderContext } from "./reader";
import { useReadingKeys } from "./reading-keys";
import type { TranscriptSource } from "./source";
import { Transcript, type TranscriptHandle } from "./transcript";
import { TurnStore } from "./turns";

type Drawer = "outline" | "details" | null;

interface ReadingProps {
    source: TranscriptSource;
    /** The name of the session that is followed. */
    session: string | null;
    /** Where to go when the address names no block. */
    target?: string | null;
    onExchange?: () => void;
    /** What stands above the outline. */
    aboveOutline?: ComponentChildren;
}

/** A transcript with its outline and the details of the chosen block. */
export function Reading({ source, session, target = null, onExchange, aboveOutline = null }: ReadingProps) {
    const [named, setAt] = useParameter("at");
    const at = named ?? target;
    const handle = useRef<TranscriptHandle | null>(null);
    const [turn, tellTurn] = useRestingTurn();
    const [drawer, setDrawer] = useState<Drawer>(null);
    const [missing, setMissing] = useState<string | null>(null);
    const outline = useMemo(() => new OutlineStore(source), [source]);
    const reader = useMemo(
        () => new Reader(new TurnStore(source), calmly(setAt), addressOfBlock, outline),
        [source, outline],
    );
    useEffect(() => {
        // The first screen goes before the outline, which reads everything.
        void reader.turns.whenAt(1).then(() => outline.read());
        return () => {
            reader.turns.close();
            outline.close();
        };
    }, [reader, outline]);
    useEffect(() => {
        if (at === null) reader.setChosen(null);
        if (at === null || at === reader.chosen) return;
        let gone = false;
        setMissing(null);
        findTarget(reader, at)
            .then(async (target) => {
                if (gone) return;
                setMissing(target === null ? named : null);
                if (target === null) return;
                reader.setChosen(target.key);
                await handle.current?.show(target.key, target.turn, "start");
            })
            .catch(() => setMissing(at));
        return () => {
            gone = true;
        };
    }, [reader, at]);
    const live = useSessionLive(session, reader, outline, onExchange);
    const printing = usePrinting(reader);
    const go = useCallback(
        (entry: OutlineEntry) => {
            setDrawer(null);
            if (/^[0-9a-f]{64}\./.test(entry.key)) reader.choose(entry.key);
            void handle.current?.show(entry.key, entry.turn, "start").then((there) => {
                if (!there) handle.current?.toTurn(entry.turn);
            });
        },
        [reader],
    );
    useReadingKeys(reader, outline, handle, go);
    useKeys("Panes", drawer === null ? [] : [{ keys: "Escape", text: "Close the pane", run: () => setDrawer(null) }]);
    const drawerButton = (which: "outline" | "details", name: string) => (
        <button
            type="button"
            class={`drawer-button for-${which}`}
            aria-expanded={drawer === which}
            onClick={() => setDrawer(drawer === which ? null : which)}
        >
            {name}
        </button>
    );
    return (
        <ReaderContext.Provider value={reader}>
            <LiveContext.Provider value={live}>
                <div class="drawer-buttons">
                    {drawerButton("outline", "Outline")}
                    {drawerButton("details", "Details")}
                </div>
                {missing !== null && <Missing name={missing} />}
                <div class={`panes${drawer === null ? "" : ` drawer-${drawer}`}`}>
                    <Outline outline={outline} turn={turn} above={aboveOutline} onGo={go} />
                    <Transcript handle={handle} live={live} onTurn={tellTurn} whole={printing} />
                    <Details />
                </div>
            </LiveContext.Provider>
        </ReaderContext.Provider>
    );
}

/** The turn at the top, for the outline: told once it has been there for a moment, for nobody reads what passes by faster. */
function useRestingTurn(): [number, (turn: number) => void] {
    const moment = 100;
    const [told, setTold] = useState(1);
    const latest = useRef(told);
    const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
    const tell = useCallback((turn: number) => {
        if (turn === latest.current) return;
        latest.current = turn;
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setTold(turn), moment);
    }, []);
    useEffect(() => () => clearTimeout(timer.current), []);
    return [told, tell];
}

/** Browsers take 200 changes of the address in half a minute: of a row of quick ones the last one counts. */
function calmly(set: (value: string) => void): (value: string) => void {
    const pause = 250;
    let latest = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    return (value) => {
        clearTimeout(timer);
        const rest = latest + pause - Date.now();
        const { pathname } = location;
        const run = () => {
            latest = Date.now();
            // Who has left for another view in the meantime stays there.
            if (location.pathname === pathname) set(value);
        };
        if (rest <= 0) run();
        else timer = setTimeout(run, rest);
    };
}

function addressOfBlock(key: string): string {
    const query = new URLSearchParams(location.search);
    query.set("at", key);
    return `${location.pathname}?${query}`;
}

/** Says that what the address names is not in this transcript: on another branch, or in another thread. */
function Missing({ name }: { name: string }) {
    const hash = name.split(".")[0] ?? "";
    return (
        <p class="missing" role="status">
            The block that the address names is not in this transcript: it may be on another branch or in another
            thread.{" "}
            {/^[0-9a-f]{64}$/.test(hash) && <a href={addresses.node(hash, { at: name })}>Show the chain that has it</a>}
        </p>
    );
}
