import type { RefObject } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { Schemas } from "../api/client";
import { dropReason, isAboutEarlier } from "../format/drop-reasons";
import { endReason } from "../format/end-reasons";
import { duration } from "../format/times";
import { visibleLine } from "../format/visible";
import { addresses } from "../route";
import { CacheShare, Cost, Time, TokenCount } from "./figures";

/** Heights in rem, as style/exchanges.css has them. */
export const rowHeight = 2.4;
export const cardHeight = 4.2;

type Exchange = Schemas["exchange"];

/** The status that the client was given; 400 and more, and none, are failures. */
function Status({ exchange }: { exchange: Exchange }) {
    const { status } = exchange;
    if (status === null) return <span class="bad">none</span>;
    return <span class={status >= 400 ? "bad" : undefined}>{status}</span>;
}

/** How it ended, in as few words as tell it: why the provider stopped, else what went wrong. */
function Ending({ exchange }: { exchange: Exchange }) {
    const { drop_reason: dropped, end_reason: ended, stop_reason: stopped } = exchange;
    if (dropped !== null) {
        return (
            <span
                class={isAboutEarlier(dropped) ? "muted" : "bad"}
                title={isAboutEarlier(dropped) ? dropReason(dropped) : `It gave no turn. ${dropReason(dropped)}`}
            >
                {visibleLine(dropped)}
            </span>
        );
    }
    if (ended !== null && ended !== "complete") {
        return (
            <span class="warn" title={endReason(ended)}>
                {visibleLine(ended)}
            </span>
        );
    }
    return <span>{visibleLine(stopped ?? "complete")}</span>;
}

/** Marks what did not pass the proxy. */
function Source({ exchange }: { exchange: Exchange }) {
    if (exchange.source === undefined) return null;
    return (
        <span class="muted" title="It did not pass the proxy: others have recorded it.">
            [{exchange.source}]{" "}
        </span>
    );
}

function milliseconds(value: number | null): string {
    return value === null ? "–" : duration(value);
}

const columns = [
    ["Time", ""],
    ["Status", ""],
    ["Request", ""],
    ["Model", ""],
    ["Tokens", "figure"],
    ["Cached", "figure less"],
    ["Cost", "figure"],
    ["First byte", "figure less"],
    ["Duration", "figure"],
    ["Ended", ""],
] as const;

export function ExchangeColumns({ top, measured }: { top: number; measured: RefObject<HTMLDivElement | null> }) {
    return (
        <div role="rowgroup" ref={measured} class="list-columns-group" style={{ top: `${top}px` }}>
            <div role="row" class="list-row list-columns exchange-row">
                {columns.map(([name, kind]) => (
                    <span key={name} role="columnheader" class={kind}>
                        {name}
                    </span>
                ))}
            </div>
        </div>
    );
}

export interface ExchangeRowProps {
    exchange: Exchange;
    index: number;
    narrow: boolean;
    chosen: boolean;
    onOpen: () => void;
}

/** Drawn again only when something in it changes: scrolling goes over many rows. */
export function ExchangeRow(props: ExchangeRowProps) {
    const latest = useRef(props);
    latest.current = props;
    return useMemo(
        () => <Row {...props} onOpen={() => latest.current.onOpen()} />,
        [props.exchange, props.index, props.narrow, props.chosen],
    );
}

function Row({ exchange, index, narrow, chosen, onOpen }: ExchangeRowProps) {
    const row = {
        role: "row",
        "aria-rowindex": index + 2,
        "data-index": index,
        "aria-current": chosen ? ("true" as const) : undefined,
    } as const;
    const request = visibleLine(`${exchange.method ?? ""} ${exchange.path ?? ""}`) || exchange.id;
    const main = (
        <>
            <Source exchange={exchange} />
            <a data-main href={addresses.exchange(exchange.id)} onClick={onOpen} title={request}>
                {request}
            </a>
        </>
    );
    const model = visibleLine(exchange.model ?? exchange.response_model ?? "–");
    const tokens = exchange.tokens === null ? "–" : <TokenCount tokens={exchange.tokens} />;
    if (narrow) {
        return (
            <div {...row} class="list-row exchange-card">
                <span role="cell">
                    <Status exchange={exchange} /> {main}
                </span>
                <span role="cell">
                    <Ending exchange={exchange} /> · <Time at={exchange.started_at} /> · <Cost value={exchange.cost} />{" "}
                    · {tokens} · {milliseconds(exchange.duration_ms)} · {model}
                </span>
            </div>
        );
    }
    const cells = [
        <Time at={exchange.started_at} />,
        <Status exchange={exchange} />,
        main,
        <span title={model}>{model}</span>,
        tokens,
        exchange.tokens === null ? "–" : <CacheShare tokens={exchange.tokens} />,
        <Cost value={exchange.cost} />,
        milliseconds(exchange.first_byte_ms),
        milliseconds(exchange.duration_ms),
        <Ending exchange={exchange} />,
    ];
    return (
        <div {...row} class="list-row exchange-row">
            {cells.map((cell, place) => (
                <span key={place} role="cell" class={columns[place]?.[1]}>
                    {cell}
                </span>
            ))}
        </div>
    );
}
