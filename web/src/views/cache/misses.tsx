import { useMemo, useState } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { useGet } from "../../api/load";
import { causeName, outcomeNames } from "../../format/cache-causes";
import { count, dollars, short } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { addresses, useParameter } from "../../route";
import { Time } from "../../ui/figures";
import { Loading, Nothing, Trouble } from "../../ui/states";
import { Explanation } from "./explanation";
import { Partings } from "./partings";

type Miss = Schemas["cache_miss"];
const shownAtOnce = 25;

/** The place where the requests of one exchange part; lists do not tell the texts. */
function LoadedPartings({ id }: { id: string }) {
    const { value, problem, reload } = useGet("/v1/exchanges/{id}/cache", { path: { id } });
    if (value === null) return problem ? <Trouble problem={problem} retry={reload} /> : <Loading />;
    return value.difference ? (
        <Partings difference={value.difference} />
    ) : (
        <p class="muted">The requests do not part.</p>
    );
}

function MissItem({ miss, opened, onOpen }: { miss: Miss; opened: boolean; onOpen: (open: boolean) => void }) {
    const cause = miss.causes[0];
    return (
        <li class="miss panel">
            <h3>
                <a href={addresses.exchangeCache(miss.id)}>No. {miss.seq}</a> <Time at={miss.started_at} />{" "}
                <span class={`chip ${miss.outcome === "miss" ? "bad" : "warn"}`}>{outcomeNames[miss.outcome]}</span>{" "}
                {cause !== undefined && <span class="chip">{causeName(cause)}</span>}{" "}
                <span class="figure">{miss.extra_usd === null ? "no price" : dollars(miss.extra_usd)}</span>{" "}
                <span class="muted">
                    {short(miss.missed)} tokens, {visibleLine(miss.model ?? "no model")}
                </span>
            </h3>
            <Explanation miss={miss} />
            {miss.difference && (
                <>
                    <button
                        type="button"
                        aria-expanded={opened}
                        aria-label={`${opened ? "Hide" : "Show"} where they part: the requests of no. ${miss.seq}`}
                        onClick={() => onOpen(!opened)}
                    >
                        {opened ? "Hide where they part" : "Show where they part"}
                    </button>
                    {opened && <LoadedPartings id={miss.id} />}
                </>
            )}
        </li>
    );
}

/** What a session missed, the most expensive first or in their order. */
export function Misses({ misses, total }: { misses: Miss[]; total: Schemas["cache_total"] }) {
    const [order, setOrder] = useParameter("order");
    const [opened, setOpened] = useParameter("open");
    const [most, setMost] = useState(shownAtOnce);
    const sorted = useMemo(
        () => (order === "time" ? [...misses].sort((one, other) => one.seq - other.seq) : misses),
        [misses, order],
    );
    if (misses.length === 0) {
        return (
            <Nothing>
                {total.unknown === total.exchanges
                    ? "The provider tells no figures of its cache, so nothing is known to be missed."
                    : "Nothing was missed."}
            </Nothing>
        );
    }
    return (
        <section aria-labelledby="misses">
            <div class="body-head">
                <h2 id="misses">What was missed</h2>
                <select
                    aria-label="Order"
                    value={order ?? ""}
                    onChange={(event) => setOrder(event.currentTarget.value)}
                >
                    <option value="">the most expensive first</option>
                    <option value="time">in their order</option>
                </select>
            </div>
            <ol class="misses">
                {sorted.slice(0, most).map((miss) => (
                    <MissItem
                        key={miss.seq}
                        miss={miss}
                        opened={opened === String(miss.seq)}
                        onOpen={(open) => setOpened(open ? String(miss.seq) : null)}
                    />
                ))}
            </ol>
            {sorted.length > most && (
                <button type="button" onClick={() => setMost(most + 4 * shownAtOnce)}>
                    Show more of the {count(sorted.length)}
                </button>
            )}
            {total.not_listed > 0 && (
                <p class="muted">{count(total.not_listed)} more, which cost less, are not listed.</p>
            )}
        </section>
    );
}
