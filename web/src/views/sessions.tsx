import { get, type Schemas } from "../api/client";
import { useGet } from "../api/load";
import { allTokens, count } from "../format/figures";
import { addresses } from "../route";
import { FilterBar, goWith } from "../ui/filters";
import { filterParameters, type Filter } from "../ui/filter-list";
import { Cost, TokenCount } from "../ui/figures";
import { LiveList } from "../ui/live-list";
import { SessionRow, SessionColumns, cardHeight, rowHeight } from "../ui/session-row";
import { Nothing } from "../ui/states";
import { namesBy } from "../ui/suggestions";
import { useTitle } from "../ui/title";
import type { ViewProps } from "./view";

const filters: readonly Filter[] = [
    { name: "project", label: "Project", kind: "text", suggestions: namesBy("project") },
    { name: "agent", label: "Agent", kind: "text", suggestions: namesBy("agent") },
    { name: "model", label: "Model", kind: "text", suggestions: namesBy("model") },
    { name: "provider", label: "Provider", kind: "text", suggestions: namesBy("provider") },
    { name: "client", label: "Client", kind: "text" },
    { name: "caller", label: "Caller", kind: "text" },
    { name: "title", label: "Title has", kind: "text" },
    { name: "session", label: "Name begins", kind: "text" },
    { name: "since", label: "Since", kind: "date" },
    { name: "until", label: "Begun before", kind: "date" },
    { name: "errors", label: "With errors", kind: "flag" },
];

/** Filters that sums of usage know in the same sense. */
const summed = ["project", "agent", "provider"];

/** What all exchanges behind the filters cost. Only where usage has the same filters. */
function SumLine({ set }: { set: Record<string, string> }) {
    const names = Object.keys(set);
    const known = names.length > 0 && names.every((name) => summed.includes(name));
    const { value } = useGet("/v1/usage", known ? { query: set } : null);
    if (!value) return null;
    return (
        <p class="muted sessions-sum">
            All together: {count(value.total.turns)} turns, <TokenCount tokens={value.total.tokens} /> tokens,{" "}
            <Cost value={value.total.cost} />. <a href={addresses.usage(set)}>Usage</a>
        </p>
    );
}

function NothingRecorded() {
    return (
        <Nothing>
            <h2>Nothing is recorded yet</h2>
            <p>
                Start a client through tapes, such as <code>tapes run -- claude</code>, or give a client the address of
                the proxy as its base URL.
            </p>
            <p>What it says and what is answered then stands here, as it happens.</p>
        </Nothing>
    );
}

const largest = new WeakMap<readonly Schemas["session"][], number>();

/** What fills the bar of tokens: all but the largest tenth are below, so that one giant does not flatten the others. */
function usuallyMost(sessions: readonly Schemas["session"][]): number {
    const known = largest.get(sessions);
    if (known !== undefined) return known;
    const sizes = sessions.map(({ tokens }) => allTokens(tokens)).sort((left, right) => left - right);
    const most = Math.max(1, sizes[Math.floor(sizes.length * 0.9)] ?? 1);
    largest.set(sessions, most);
    return most;
}

/** Takes a session into the comparison or out of it; of three the two newest stay. */
function goWithMark(query: URLSearchParams, name: string): void {
    const marked = query.getAll("marked");
    const changed = new URLSearchParams(query);
    changed.delete("marked");
    const next = marked.includes(name) ? marked.filter((one) => one !== name) : [...marked, name].slice(-2);
    for (const one of next) changed.append("marked", one);
    goWith(changed);
}

function CompareNote({ marked, onClear }: { marked: string[]; onClear: () => void }) {
    if (marked.length === 0) return null;
    const [left, right] = marked;
    return (
        <p class="sessions-marked" role="status">
            {left !== undefined && right !== undefined ? (
                <a href={addresses.compare("sessions", left, right)}>Compare the two marked sessions</a>
            ) : (
                "One session is marked. Mark another one to compare them."
            )}{" "}
            <button type="button" class="quiet" onClick={onClear}>
                Unmark
            </button>
        </p>
    );
}

export default function SessionsView({ place: { query } }: ViewProps) {
    useTitle("Sessions");
    const set = filterParameters(filters, query);
    const key = JSON.stringify(set);
    const marked = query.getAll("marked");
    const unmark = () => {
        const changed = new URLSearchParams(query);
        changed.delete("marked");
        goWith(changed);
    };
    return (
        <>
            <div class="list-head">
                <h1>Sessions</h1>
                <FilterBar filters={filters} />
                <a href={addresses.exchanges()}>Exchanges</a>
            </div>
            <SumLine set={set} />
            <CompareNote marked={marked} onClear={unmark} />
            <LiveList<Schemas["session"]>
                title="Sessions"
                noun="session"
                listKey={`sessions ${key}`}
                loadPage={async (cursor, signal) => {
                    const { sessions, next } = await get(
                        "/v1/sessions",
                        { query: { ...set, limit: 100, ...(cursor === null ? {} : { cursor }) } },
                        signal,
                    );
                    return { items: sessions, next };
                }}
                identity={(session) => session.name}
                heights={[rowHeight, cardHeight]}
                columns={(top, measured) => <SessionColumns top={top} measured={measured} />}
                row={(session, { index, narrow, chosen, onOpen, all }) => (
                    <SessionRow
                        key={session.name}
                        session={session}
                        index={index}
                        narrow={narrow}
                        most={usuallyMost(all)}
                        query={query}
                        chosen={chosen}
                        marked={marked.includes(session.name)}
                        onMark={() => goWithMark(query, session.name)}
                        onOpen={onOpen}
                    />
                )}
                keys={(chosen) => [
                    {
                        keys: "x",
                        text: "Mark the session to compare it with another one",
                        run: () => chosen !== null && goWithMark(query, chosen),
                    },
                    {
                        keys: "c",
                        text: "Compare the two marked sessions",
                        run: () => document.querySelector<HTMLElement>(".sessions-marked a")?.click(),
                    },
                ]}
                nothing={key === "{}" ? <NothingRecorded /> : <Nothing>No session is as the filters say.</Nothing>}
            />
        </>
    );
}
