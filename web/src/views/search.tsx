import { useEffect, useMemo, useRef } from "preact/hooks";
import { get, type Schemas } from "../api/client";
import { usePages } from "../api/load";
import { count } from "../format/figures";
import { filterTerm, queryFilters, queryText, readQuery } from "../format/query";
import { usePlace } from "../route";
import { useChosenRow } from "../ui/chosen-row";
import { FilterChips, goWith } from "../ui/filters";
import type { Filter } from "../ui/filter-list";
import { useKeys } from "../ui/keys";
import { HitGroup, hitName, type PagedHit } from "../ui/search-hit";
import { SearchHelp } from "../ui/search-help";
import { Loading, Nothing, Trouble } from "../ui/states";
import { namesBy } from "../ui/suggestions";
import { useTitle } from "../ui/title";
import { useStickyTop } from "../ui/window-rows";
import type { ViewProps } from "./view";

const details: Partial<Record<(typeof queryFilters)[number], Partial<Filter>>> = {
    model: { suggestions: namesBy("model") },
    provider: { suggestions: namesBy("provider") },
    agent: { suggestions: namesBy("agent") },
    project: { suggestions: namesBy("project") },
    role: { options: ["user", "assistant", "tool", "system"] },
    error: { label: "With an error", options: ["yes", "no"] },
    is: { label: "Begins a branch or failed", options: ["fork", "error"] },
    since: { kind: "date" },
    until: { label: "Before", kind: "date" },
};

const filters: readonly Filter[] = queryFilters.flatMap((name) => {
    const filter: Filter = {
        name,
        label: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        kind: "text",
        ...details[name],
    };
    return [filter, { ...filter, name: `-${name}`, label: `Not ${filter.label.toLowerCase()}`, unoffered: true }];
});

const parts = [
    ["", "everything"],
    ["text", "what was said"],
    ["tools", "tools: both"],
    ["arguments", "arguments of tools"],
    ["results", "results of tools"],
    ["thinking", "thinking"],
] as const;

type Part = Exclude<(typeof parts)[number][0], "">;

function partOf(text: string | null): Part | undefined {
    return parts.map(([name]) => name).find((name): name is Part => name !== "" && name === text);
}

/** Goes to the same search with a parameter changed; what was chosen among the hits is no longer meant. */
function goWithChange(query: URLSearchParams, name: string, value: string): void {
    const changed = new URLSearchParams(query);
    changed.delete("chosen");
    if (value === "") changed.delete(name);
    else changed.set(name, value);
    goWith(changed);
}

function Controls({ query }: { query: URLSearchParams }) {
    const terms = readQuery(query.get("query") ?? "");
    const set = terms.flatMap((term, place) =>
        term.filter === null ? [] : [{ filter: term.filter, value: term.value, place }],
    );
    const change = (next: typeof terms) => goWithChange(query, "query", queryText(next));
    return (
        <div class="search-controls">
            <FilterChips
                filters={filters}
                set={set.map(({ filter, value }) => [filter, value])}
                several
                onSet={(name, value, index) => {
                    const made = filterTerm(name, value);
                    const place = index === undefined ? undefined : set[index]?.place;
                    change(
                        place === undefined ? [...terms, made] : terms.map((term, at) => (at === place ? made : term)),
                    );
                }}
                onRemove={(index) => change(terms.filter((_, at) => at !== set[index]?.place))}
            />
            <label>
                In{" "}
                <select
                    value={partOf(query.get("part")) ?? ""}
                    onChange={(event) => goWithChange(query, "part", event.currentTarget.value)}
                >
                    {parts.map(([name, words]) => (
                        <option key={name} value={name}>
                            {words}
                        </option>
                    ))}
                </select>
            </label>
            <label>
                Order{" "}
                <select
                    value={query.get("newest") === "true" ? "true" : ""}
                    onChange={(event) => goWithChange(query, "newest", event.currentTarget.value)}
                >
                    <option value="">the best first</option>
                    <option value="true">the newest first</option>
                </select>
            </label>
        </div>
    );
}

/** What the last page said about how far the search has come. */
interface Progress {
    partial: boolean;
    searchedTo: number | null;
}

function ProgressNote({ progress, more }: { progress: Progress | null; more: boolean }) {
    if (!progress || !more) return null;
    const far =
        progress.searchedTo === null
            ? ""
            : ` Messages down to number ${count(progress.searchedTo)} of the log were looked at so far.`;
    return (
        <p class="muted search-progress">
            {progress.partial
                ? `There are more messages than are ranked at once: these are the best of the newest.${far}`
                : `There may be more.${far}`}
        </p>
    );
}

/** Neighbouring hits of the same page and session. */
function grouped(hits: readonly PagedHit[]): PagedHit[][] {
    const groups = new Map<string, PagedHit[]>();
    for (const hit of hits) {
        const name = `${hit.page} ${hit.session ?? hit.hash}`;
        const group = groups.get(name);
        if (group) group.push(hit);
        else groups.set(name, [hit]);
    }
    return [...groups.values()];
}

function Results({ query }: { query: URLSearchParams }) {
    const text = query.get("query") ?? "";
    const newest = query.get("newest") === "true";
    const part = partOf(query.get("part"));
    const progress = useRef<Progress | null>(null);
    const pages = usePages<PagedHit>(
        `search ${JSON.stringify([text, part, newest])}`,
        async (cursor, signal) => {
            const asked = {
                query: text,
                limit: 30,
                ...(newest ? { newest } : {}),
                ...(part ? { part } : {}),
                ...(cursor === null ? {} : { cursor }),
            };
            const page = await get("/v1/search", { query: asked }, signal);
            progress.current = { partial: page.partial, searchedTo: page.searched_to };
            return { items: page.hits.map((hit: Schemas["hit"]) => ({ ...hit, page: cursor ?? "" })), next: page.next };
        },
        hitName,
        true,
    );
    const groups = useMemo(() => grouped(pages.value ?? []), [pages.value]);
    const names = useMemo(() => groups.flat().map(hitName), [groups]);
    const list = useRef<HTMLDivElement>(null);
    const { chosen, choose, reveal, keys } = useChosenRow(names, "hit", list, useStickyTop());
    const [next, previous] = keys;
    useKeys("Search", [
        ...keys,
        ...(next && previous
            ? [
                  { ...next, keys: "n" },
                  { ...previous, keys: "p" },
              ]
            : []),
    ]);
    useEffect(() => {
        if (reveal && reveal.round > 0)
            list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    }, [reveal?.round]);
    return (
        <>
            {pages.problem && (
                <Trouble
                    problem={pages.problem}
                    retry={pages.value === null || pages.problem.status === 0 ? pages.reload : undefined}
                />
            )}
            {pages.value === null && pages.loading && <Loading text="Searching…" />}
            {pages.value?.length === 0 && !pages.more && !pages.loading && (
                <Nothing>
                    <p>Nothing that was said has these words.</p>
                    <p>
                        What has just been recorded can be found some seconds later. Fewer words, or a beginning with a
                        star (pars*), find more.
                    </p>
                </Nothing>
            )}
            <div ref={list} class="hits">
                {groups.map((group) => (
                    <HitGroup key={hitName(group[0])} hits={group} chosen={chosen} onOpen={choose} />
                ))}
            </div>
            <ProgressNote progress={progress.current} more={pages.more} />
            {pages.more &&
                (pages.loading ? (
                    <Loading text="Searching on…" />
                ) : (
                    <button type="button" onClick={pages.loadMore}>
                        More hits
                    </button>
                ))}
        </>
    );
}

export default function SearchView({ place }: ViewProps) {
    const { query } = usePlace();
    const text = (place.query.get("query") ?? "").trim();
    useTitle(text === "" ? "Search" : `${text} · search`);
    return (
        <>
            <h1>Search</h1>
            <Controls query={query} />
            <SearchHelp open={text === ""} />
            {text !== "" && <Results query={query} />}
        </>
    );
}
