import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useLiveState } from "./api/live";
import { addresses, navigate, usePlace } from "./route";
import { Announcer } from "./ui/announce";
import { Commands } from "./ui/commands";
import { useKeys } from "./ui/keys";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];

function storedTheme(): Theme {
    const text = localStorage.getItem("theme");
    return themes.find((theme) => theme === text) ?? "system";
}

function ThemeButton() {
    const [theme, setTheme] = useState<Theme>(storedTheme);
    useLayoutEffect(() => {
        localStorage.setItem("theme", theme);
        if (theme === "system") delete document.documentElement.dataset["theme"];
        else document.documentElement.dataset["theme"] = theme;
    }, [theme]);
    const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
    const sign = { system: "◐", light: "☀", dark: "☾" }[theme];
    return (
        <button
            type="button"
            class="quiet"
            aria-label={`Colours: ${theme}. Change to ${next}.`}
            title={`Colours: ${theme}`}
            onClick={() => setTheme(next)}
        >
            {sign}
        </button>
    );
}

function LiveSign() {
    const state = useLiveState();
    const text = { connecting: "connecting", open: "live", lost: "connection lost, trying again" }[state];
    return (
        <span class={`live live-${state}`} role="status" title={`Live events: ${text}`}>
            <span class="dot" aria-hidden="true" />
            <span class="live-text">{text}</span>
        </span>
    );
}

function SearchBox() {
    const { path, query } = usePlace();
    const shown = path[0] === "search" ? (query.get("query") ?? "") : "";
    const field = useRef<HTMLInputElement>(null);
    useEffect(() => {
        if (field.current) field.current.value = shown;
    }, [shown]);
    useKeys("Everywhere", [
        { keys: "/", text: "Search", run: () => field.current?.select() },
        { keys: "g s", text: "Go to the sessions", run: () => navigate(addresses.sessions()) },
        { keys: "g x", text: "Go to the exchanges", run: () => navigate(addresses.exchanges()) },
        { keys: "g f", text: "Go to search", run: () => navigate(addresses.search("")) },
        { keys: "g u", text: "Go to usage", run: () => navigate(addresses.usage()) },
        { keys: "g c", text: "Go to compare", run: () => navigate("/compare") },
        { keys: "g d", text: "Go to delivery", run: () => navigate(addresses.delivery()) },
    ]);
    return (
        <form
            role="search"
            onSubmit={(event) => {
                event.preventDefault();
                const text = field.current?.value.trim() ?? "";
                if (text !== "") navigate(addresses.search(text));
            }}
        >
            <input
                ref={field}
                type="search"
                aria-label="Search what was said"
                aria-keyshortcuts="/"
                placeholder="Search what was said"
                defaultValue={shown}
                autocomplete="off"
                spellcheck={false}
            />
        </form>
    );
}

const links = [
    ["Sessions", addresses.sessions(), ["", "s", "n", "x"]],
    ["Usage", addresses.usage(), ["usage"]],
    ["Compare", "/compare", ["compare"]],
    ["Delivery", addresses.delivery(), ["delivery"]],
] as const;

/** The frame around every view. */
export function Shell({ children }: { children: ComponentChildren }) {
    const { path } = usePlace();
    const first = path[0] ?? "";
    return (
        <>
            <a class="skip" href="#main">
                Skip to the content
            </a>
            <header class="shell">
                <a class="brand" href="/" aria-label="tapes, sessions">
                    tapes
                </a>
                <nav aria-label="Views">
                    {links.map(([name, address, segments]) => (
                        <a
                            key={name}
                            href={address}
                            aria-current={(segments as readonly string[]).includes(first) ? "page" : undefined}
                        >
                            {name}
                        </a>
                    ))}
                </nav>
                <SearchBox />
                <LiveSign />
                <Commands />
                <ThemeButton />
            </header>
            <main id="main" tabIndex={-1}>
                {children}
            </main>
            <Announcer />
        </>
    );
}
