import { useMemo, useRef } from "preact/hooks";
import { get, type Schemas } from "../../api/client";
import { useGet, useLoad, usePages } from "../../api/load";
import { bytes, count } from "../../format/figures";
import { readJson } from "../../format/json-text";
import { preciseBetween, shortSpan } from "../../format/precise";
import { duration, fullTime } from "../../format/times";
import { visible, visibleLine } from "../../format/visible";
import { useParameter } from "../../route";
import { useChosenRow } from "../../ui/chosen-row";
import { JsonTree } from "../../ui/json-tree";
import { useKeys } from "../../ui/keys";
import { Loading, Nothing, Trouble } from "../../ui/states";
import { useStickyTop, WindowRows } from "../../ui/window-rows";
import { eventWords } from "./event-words";
import { wholeTime, type ExchangeWithHeads } from "./exchange";

type WireEvent = Schemas["wire_event"];

const pageSize = 500;
const mostDataBytes = 65_536;

const forms: Record<Schemas["answer_events"]["form"], string> = {
    sse: "an event stream",
    ndjson: "a JSON text a line",
    websocket: "messages on a WebSocket",
    aws_events: "an AWS event stream",
    array: "a JSON array, element by element,",
    body: "one body",
};

/** What is told of the answer as a whole. */
function About({ listing, shown, more }: { listing: Schemas["answer_events"]; shown: number; more: boolean }) {
    return (
        <p class="muted">
            The answer is {forms[listing.form]} of {bytes(listing.body_bytes)}
            {listing.coding !== null && `, with ${visibleLine(listing.coding)} undone`}. {count(shown)}
            {more ? " events so far." : shown === 1 ? " event." : " events."}{" "}
            {!listing.timed && "When each came is not known: no times of its pieces were kept. "}
            {listing.fault !== null && (
                <span class="warn">It could not be decoded to its end: {visibleLine(listing.fault)}.</span>
            )}
        </p>
    );
}

/** What an event adds to the answer, and the beginning of its data. */
function EventData({ data }: { data: string }) {
    const words = useMemo(() => eventWords(data), [data]);
    return (
        <>
            {words !== null && <span class="event-words">{visible(words).replace(/\n/g, "⏎")}</span>}{" "}
            {visibleLine(data)}
        </>
    );
}

/** Where in the time of the exchange an event came. */
function WhenBar({ at, whole }: { at: number | null; whole: number }) {
    if (at === null) return <span class="when-bar" aria-hidden="true" />;
    return (
        <svg class="when-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="when-line" x={0} y={4.5} width={100} height={1} />
            <rect class="when-mark" x={Math.min(98.5, (100 * at) / whole)} y={0} width={1.5} height={10} />
        </svg>
    );
}

/** The chosen event, with all that the server tells of it. */
function EventDetails({ id, offset, onClose }: { id: string; offset: number; onClose: () => void }) {
    const loaded = useGet("/v1/exchanges/{id}/events", {
        path: { id },
        query: { cursor: String(offset), limit: 1, data_bytes: mostDataBytes },
    });
    const event = loaded.value?.events[0];
    const tree = useMemo(() => (event ? readJson(event.data) : null), [event]);
    return (
        <section class="event-details panel" aria-label="The chosen event">
            <div class="body-head">
                <h3>{event ? visibleLine(event.event ?? "event") : "Event"}</h3>
                <button type="button" class="quiet" aria-label="Close the event" onClick={onClose}>
                    ✕
                </button>
            </div>
            {loaded.problem !== null && <Trouble problem={loaded.problem} retry={loaded.reload} />}
            {loaded.value === null && loaded.problem === null && <Loading />}
            {event && (
                <>
                    <p class="muted">
                        {bytes(event.bytes)} at {count(event.offset)}
                        {event.at !== null && `, ${fullTime(event.at)}`}
                        {event.id !== null && `, id ${visibleLine(event.id)}`}
                        {!event.whole && ", broken off"}
                    </p>
                    {tree !== null && (tree.kind === "object" || tree.kind === "array") ? (
                        <JsonTree value={tree} label="Data of the event" open={4} />
                    ) : (
                        <pre class="body-text">{visible(event.data)}</pre>
                    )}
                    {event.data_bytes > mostDataBytes && (
                        <p class="muted">
                            The beginning of {bytes(event.data_bytes)}: the rest is in the body of the answer.
                        </p>
                    )}
                </>
            )}
        </section>
    );
}

/** What an answer said on the wire, event by event. */
export function Events({ exchange }: { exchange: ExchangeWithHeads }) {
    const list = useRef<HTMLDivElement>(null);
    const covered = useStickyTop();
    const id = exchange.id;
    const about = useLoad(`events ${id}`, (signal) =>
        get("/v1/exchanges/{id}/events", { path: { id }, query: { limit: 1, data_bytes: 0 } }, signal),
    );
    const pages = usePages<WireEvent>(
        exchange.response === null ? null : id,
        async (cursor, signal) => {
            const page = await get(
                "/v1/exchanges/{id}/events",
                { path: { id }, query: { limit: pageSize, data_bytes: 300, ...(cursor === null ? {} : { cursor }) } },
                signal,
            );
            return { items: page.events, next: page.next };
        },
        (event) => event.offset,
    );
    const items = pages.value ?? [];
    const names = useMemo(() => items.map((event) => String(event.offset)), [items]);
    const row = useChosenRow(names, "event", list, covered);
    const [opened, setOpened] = useParameter("event");
    useKeys("Events", [...row.keys, { keys: "Escape", text: "Close the event", run: () => setOpened(null) }]);
    const whole = wholeTime(exchange);
    if (exchange.response === null)
        return <Nothing>The bytes of this exchange were not kept: see record.wire in the configuration.</Nothing>;
    if (pages.value === null)
        return pages.problem ? <Trouble problem={pages.problem} retry={pages.reload} /> : <Loading />;
    if (items.length === 0) return <Nothing>The answer has no events: its body is empty.</Nothing>;
    return (
        <>
            {about.value !== null && <About listing={about.value} shown={items.length} more={pages.more} />}
            <div class={opened === null ? "events" : "events events-opened"}>
                <div
                    ref={list}
                    role="table"
                    aria-label="Events of the answer"
                    aria-rowcount={pages.more ? -1 : items.length + 1}
                    class="event-table"
                >
                    <div role="rowgroup">
                        <div role="row" class="event-row event-columns">
                            <span role="columnheader">After</span>
                            <span role="columnheader">When</span>
                            <span role="columnheader">Event</span>
                            <span role="columnheader">Data</span>
                            <span role="columnheader" class="figure">
                                Size
                            </span>
                        </div>
                    </div>
                    <WindowRows
                        items={items}
                        height={1.9}
                        covered={covered}
                        reveal={row.reveal}
                        {...(pages.more ? { onEnd: pages.loadMore } : {})}
                        render={(event, index) => {
                            const after = preciseBetween(exchange.started_at, event.at);
                            const name = String(event.offset);
                            return (
                                <div
                                    key={name}
                                    role="row"
                                    aria-rowindex={index + 2}
                                    data-index={index}
                                    class="event-row"
                                    aria-current={opened === name || row.chosen === name ? "true" : undefined}
                                >
                                    <span role="cell" class="figure">
                                        {after === null ? "–" : (shortSpan(after) ?? duration(after))}
                                    </span>
                                    <span role="cell">
                                        <WhenBar at={after} whole={whole} />
                                    </span>
                                    <span role="cell">
                                        <button
                                            type="button"
                                            class="quiet event-name"
                                            data-main
                                            aria-expanded={opened === name}
                                            onClick={() => {
                                                row.choose(name);
                                                setOpened(opened === name ? null : name);
                                            }}
                                        >
                                            {visibleLine(event.event ?? "event")}
                                        </button>
                                    </span>
                                    <span role="cell" class="event-data">
                                        <EventData data={event.data} />
                                        {!event.whole && <span class="warn"> (broken off)</span>}
                                    </span>
                                    <span role="cell" class="figure">
                                        {bytes(event.bytes)}
                                    </span>
                                </div>
                            );
                        }}
                    />
                </div>
                {opened !== null && (
                    <EventDetails id={id} offset={Number(opened) || 0} onClose={() => setOpened(null)} />
                )}
            </div>
            {pages.problem !== null && <Trouble problem={pages.problem} retry={pages.loadMore} />}
        </>
    );
}
