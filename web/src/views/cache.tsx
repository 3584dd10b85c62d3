import { beginningOf } from "../format/beginning";
import { useMemo } from "preact/hooks";
import { get } from "../api/client";
import { useGet, usePages } from "../api/load";
import { count } from "../format/figures";
import { visibleLine } from "../format/visible";
import { addresses, navigate } from "../route";
import { Time } from "../ui/figures";
import { useKeys } from "../ui/keys";
import { Loading, Nothing, Trouble } from "../ui/states";
import { useTitle } from "../ui/title";
import { Explanation } from "./cache/explanation";
import { Misses } from "./cache/misses";
import { Partings } from "./cache/partings";
import { Strip, StripLegend } from "./cache/strip";
import { Totals } from "./cache/totals";
import type { ViewProps } from "./view";

function ExchangesStrip({ id, misses }: { id: string; misses: Parameters<typeof Strip>[0]["misses"] }) {
    const pages = usePages(
        id,
        async (cursor, signal) => {
            const page = await get(
                "/v1/sessions/{id}/exchanges",
                { path: { id }, query: { limit: 500, ...(cursor === null ? {} : { cursor }) } },
                signal,
            );
            return { items: page.exchanges, next: page.next };
        },
        (exchange) => exchange.seq,
    );
    if (pages.value === null)
        return pages.problem ? <Trouble problem={pages.problem} retry={pages.reload} /> : <Loading />;
    if (pages.value.length === 0)
        return <Nothing>The session has no exchanges: its nodes were imported or received without them.</Nothing>;
    return (
        <>
            <Strip exchanges={pages.value} misses={misses} />
            {pages.more && (
                <button type="button" disabled={pages.loading} onClick={pages.loadMore}>
                    {pages.loading ? "Loading…" : `Show more than the first ${count(pages.value.length)}`}
                </button>
            )}
            {pages.problem !== null && <Trouble problem={pages.problem} retry={pages.loadMore} />}
            <StripLegend />
        </>
    );
}

/** A session's prompt cache. */
function SessionCache({ id }: { id: string }) {
    const session = useGet("/v1/sessions/{id}", { path: { id } });
    const cache = useGet("/v1/sessions/{id}/cache", { path: { id }, query: { limit: 500 } });
    const misses = useMemo(() => new Map((cache.value?.worst ?? []).map((miss) => [miss.seq, miss])), [cache.value]);
    const title = beginningOf(visibleLine(session.value?.title ?? session.value?.name ?? id), 120);
    useTitle(`Cache of ${title}`);
    if (session.value === null && session.problem !== null)
        return <Trouble problem={session.problem} retry={session.reload} />;
    return (
        <article class="cache-view" aria-label="The prompt cache">
            <h1>
                The prompt cache of <a href={addresses.session(session.value?.name ?? id)}>{title}</a>
            </h1>
            {cache.value !== null && <Totals total={cache.value.total} />}
            <section aria-labelledby="strip">
                <h2 id="strip">Exchanges</h2>
                <ExchangesStrip id={id} misses={misses} />
            </section>
            {cache.value !== null ? (
                <Misses misses={cache.value.worst} total={cache.value.total} />
            ) : cache.problem !== null ? (
                <Trouble problem={cache.problem} retry={cache.reload} />
            ) : (
                <Loading text="Comparing the requests of the session…" />
            )}
        </article>
    );
}

/** Why one exchange read from the cache what it read. */
function ExchangeCache({ id }: { id: string }) {
    const cache = useGet("/v1/exchanges/{id}/cache", { path: { id } });
    const exchange = useGet("/v1/exchanges/{id}", { path: { id } });
    const miss = cache.value;
    const session = exchange.value?.session ?? null;
    const go = (to: string | null | undefined) => to != null && navigate(addresses.exchangeCache(to));
    useKeys("Cache of an exchange", [
        { keys: "[", text: "The exchange before in its session", run: () => go(exchange.value?.previous) },
        { keys: "]", text: "The exchange behind in its session", run: () => go(exchange.value?.following) },
        { keys: "x", text: "The exchange itself", run: () => navigate(addresses.exchange(id)) },
    ]);
    useTitle(miss === null ? "Cache" : `Cache of exchange no. ${miss.seq}`);
    if (miss === null) return cache.problem ? <Trouble problem={cache.problem} retry={cache.reload} /> : <Loading />;
    return (
        <article class="cache-view" aria-label="The prompt cache">
            <h1>
                The prompt cache in <a href={addresses.exchange(miss.id)}>exchange no. {miss.seq}</a>
            </h1>
            <nav aria-label="From here" class="exchange-links">
                <Time at={miss.started_at} />
                <span>{visibleLine(miss.model ?? "no model")}</span>
                {session !== null && <a href={addresses.sessionCache(session)}>Cache of its session</a>}
                {exchange.value?.previous && <a href={addresses.exchangeCache(exchange.value.previous)}>← Before</a>}
                {exchange.value?.following && <a href={addresses.exchangeCache(exchange.value.following)}>Behind →</a>}
            </nav>
            <Explanation miss={miss} />
            {miss.difference && <Partings difference={miss.difference} />}
        </article>
    );
}

export default function CacheView({ place }: ViewProps) {
    const id = place.path[1] ?? "";
    return place.path[0] === "x" ? <ExchangeCache id={id} key={id} /> : <SessionCache id={id} key={id} />;
}
