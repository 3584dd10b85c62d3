import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { get } from "../api/client";
import { meaningsOf } from "../api/meaning";
import { useLoad } from "../api/load";
import { addresses, currentPlace, navigate, type Place } from "../route";
import { visibleLine } from "../format/visible";
import { activeKeys } from "./keys";
import { KeyName } from "./key-help";
import { Dialog } from "./dialog";

interface Command {
    group: string;
    text: string;
    /** Beside it, quieter. */
    about?: string;
    keys?: string;
    run: () => void;
}

const go = (address: string) => () => {
    navigate(address);
    window.scrollTo(0, 0);
};

/** The views that belong to what is shown. */
function viewsHere({ path }: Place): Command[] {
    const [first, id, third] = path;
    if (id === undefined) return [];
    const group = "Here";
    if (first === "s") {
        return [
            ...(third ? [{ group, text: "Transcript of this session", run: go(addresses.session(id)) }] : []),
            ...(third !== "tree" ? [{ group, text: "Tree of this session", run: go(addresses.sessionTree(id)) }] : []),
            ...(third !== "cache"
                ? [{ group, text: "Prompt cache of this session", run: go(addresses.sessionCache(id)) }]
                : []),
            { group, text: "Compare this session with another one", run: go(addresses.compare("sessions", id, "")) },
        ];
    }
    if (first === "n") {
        return [
            third === "tree"
                ? { group, text: "Transcript up to this node", run: go(addresses.node(id)) }
                : { group, text: "Tree of this node", run: go(addresses.nodeTree(id)) },
            { group, text: "Compare this chain with another one", run: go(addresses.compare("chains", id, "")) },
        ];
    }
    if (first === "x") {
        return [
            third === "cache"
                ? { group, text: "This exchange", run: go(addresses.exchange(id)) }
                : { group, text: "Prompt cache of this exchange", run: go(addresses.exchangeCache(id)) },
            { group, text: "Compare this exchange with another one", run: go(addresses.compare("exchanges", id, "")) },
        ];
    }
    return [];
}

const views: Command[] = (
    [
        ["Sessions", addresses.sessions()],
        ["Search", addresses.search("")],
        ["Usage", addresses.usage()],
        ["Compare", "/compare"],
        ["Delivery", addresses.delivery()],
    ] as const
).map(([text, address]) => ({ group: "Go to", text, run: go(address) }));

/** What the keys of the shown view do. */
function actions(): Command[] {
    const commands: Command[] = [];
    for (const group of [...activeKeys()].reverse()) {
        for (const key of group.keys) {
            if (key.moves || key.keys === ":" || key.keys === "Mod+k" || commands.some(({ text }) => text === key.text))
                continue;
            commands.push({
                group: "Do",
                text: key.text,
                about: group.title,
                keys: key.keys,
                run: () => key.run(new KeyboardEvent("keydown")),
            });
        }
    }
    return commands;
}

/** Every word of the query stands in it somewhere. */
function matches(command: Command, query: string): boolean {
    const text = `${command.group} ${command.text} ${command.about ?? ""}`.toLowerCase();
    return query
        .toLowerCase()
        .split(/\s+/)
        .every((word) => text.includes(word));
}

const pauseMs = 150;

async function recorded(query: string, signal: AbortSignal): Promise<Command[]> {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    signal.throwIfAborted();
    const [named, titled] = await Promise.all([
        meaningsOf(query, signal),
        get("/v1/sessions", { query: { title: query, limit: 8 } }, signal),
    ]);
    const found = named.map((meaning) => ({
        group: "This ID",
        text: `${meaning.kind} ${visibleLine(meaning.name)}`,
        about: visibleLine(meaning.about),
        run: go(meaning.address),
    }));
    const known = new Set(named.map(({ name }) => name));
    const sessions = titled.sessions
        .filter(({ name }) => !known.has(name))
        .map((session) => ({
            group: "Sessions",
            text: visibleLine(session.title ?? "no title"),
            about: visibleLine(session.name),
            run: go(addresses.session(session.name)),
        }));
    return [...found, ...sessions];
}

/** The command palette: every view, what the shown view can do, sessions by their title, and whatever has an ID. */
export function Palette({ onClose }: { onClose: () => void }) {
    const [query, setQuery] = useState("");
    const [chosen, setChosen] = useState(0);
    const list = useId();
    const options = useRef<HTMLDivElement>(null);
    const field = useRef<HTMLInputElement>(null);
    const text = query.trim();
    const here = useMemo(() => [...viewsHere(currentPlace()), ...views, ...actions()], []);
    const record = useLoad(text === "" ? null : text, (signal) => recorded(text, signal));
    // What was found for the text before stays until the new is there, so that the list does not jump.
    const lastFound = useRef<Command[]>([]);
    if (text === "") lastFound.current = [];
    else if (record.value) lastFound.current = record.value;
    const fixed = text === "" ? here : here.filter((command) => matches(command, text));
    const search: Command[] =
        text === ""
            ? []
            : [
                  {
                      group: "Search",
                      text: `Search what was said: ${visibleLine(text)}`,
                      run: go(addresses.search(text)),
                  },
              ];
    const ids = lastFound.current.filter(({ group }) => group === "This ID");
    const commands = [...ids, ...fixed, ...lastFound.current.filter(({ group }) => group !== "This ID"), ...search];
    const at = Math.min(chosen, commands.length - 1);

    useEffect(() => setChosen(0), [text]);
    useLayoutEffect(
        () => options.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
        [at, commands.length],
    );
    useLayoutEffect(() => field.current?.focus(), []);

    const run = (command: Command | undefined) => {
        if (!command) return;
        onClose();
        // Once the dialog has gone and the focus is back where it was.
        setTimeout(command.run);
    };
    const press = (event: KeyboardEvent) => {
        if (event.isComposing) return;
        const steps: Record<string, number> = {
            ArrowDown: at + 1,
            ArrowUp: at - 1,
            PageDown: Math.min(at + 8, commands.length - 1),
            PageUp: Math.max(at - 8, 0),
        };
        const next = steps[event.key];
        if (next !== undefined) setChosen((next + commands.length) % commands.length);
        else if (event.key === "Enter") run(commands[at]);
        else if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) onClose();
        else return;
        event.preventDefault();
    };
    return (
        <Dialog title="Command palette" onClose={onClose} class="palette" bare>
            <input
                ref={field}
                type="text"
                role="combobox"
                aria-label="Go to, do, or find a session"
                aria-expanded={true}
                aria-controls={list}
                aria-autocomplete="list"
                aria-activedescendant={commands.length > 0 ? `${list}-${at}` : undefined}
                placeholder="A view, an action, a session's title, an ID…"
                autocomplete="off"
                spellcheck={false}
                value={query}
                onInput={(event) => setQuery(event.currentTarget.value)}
                onKeyDown={press}
            />
            <div ref={options} id={list} class="palette-options" role="listbox" aria-label="Commands">
                {commands.map((command, index) => (
                    <div
                        key={`${command.group} ${command.text} ${command.about ?? ""}`}
                        id={`${list}-${index}`}
                        role="option"
                        aria-selected={index === at}
                        class="palette-option"
                        onClick={() => run(command)}
                        onMouseMove={() => setChosen(index)}
                    >
                        <span class="palette-group">{command.group}</span>
                        <span class="palette-text">{command.text}</span>
                        {command.about && <span class="palette-about">{command.about}</span>}
                        {command.keys && <KeyName keys={command.keys} />}
                    </div>
                ))}
            </div>
            <p class="palette-state" role="status">
                {record.loading && text !== ""
                    ? "Asking the record…"
                    : record.problem
                      ? visibleLine(record.problem.detail)
                      : `${commands.length} ${commands.length === 1 ? "command" : "commands"}`}
            </p>
        </Dialog>
    );
}
