import { bytes, count } from "../../format/figures";
import { preciseBetween, shortSpan } from "../../format/precise";
import { duration, fullTime } from "../../format/times";
import { sumPieces, wholeTime, type ExchangeWithHeads } from "./exchange";

const span = (ms: number) => shortSpan(ms) ?? duration(ms);
const width = 1000;
const rowHeight = 22;

interface Span {
    name: string;
    text: string;
    from: number;
    to: number;
    kind: string;
}

function spansOf(exchange: ExchangeWithHeads): Span[] {
    const since = (at: string | null) => preciseBetween(exchange.started_at, at);
    const connected = since(exchange.connected_at);
    const sent = since(exchange.sent_at);
    const first = since(exchange.first_byte_at);
    const end = since(exchange.ended_at);
    const committed = since(exchange.committed_at);
    const spans: Span[] = [];
    if (connected !== null)
        spans.push({
            name: "Connecting",
            text: `${span(connected)} until the provider was connected`,
            from: 0,
            to: connected,
            kind: "connect",
        });
    if (connected !== null && sent !== null)
        spans.push({
            name: "Sending",
            text: `${span(sent - connected)} until all of the request was sent`,
            from: connected,
            to: sent,
            kind: "send",
        });
    // An answer may begin while its request is still being sent.
    const asked = sent ?? connected ?? 0;
    if (first !== null && first >= asked)
        spans.push({
            name: "Waiting",
            text: `${span(first - asked)} until the first byte of the answer`,
            from: asked,
            to: first,
            kind: "wait",
        });
    if (first !== null && end !== null)
        spans.push({
            name: "Answer",
            text: `${span(end - first)} from its first byte to its last`,
            from: first,
            to: end,
            kind: "answer",
        });
    if (committed !== null) {
        const from = Math.min(end ?? 0, committed);
        spans.push({
            name: end === null ? "Until stored" : "Storing",
            text: `${span(committed - from)} until it was committed`,
            from,
            to: committed,
            kind: "commit",
        });
    }
    return spans;
}

function Moments({ exchange }: { exchange: ExchangeWithHeads }) {
    const moments = [
        ["Request accepted", exchange.started_at],
        ["Provider connected", exchange.connected_at],
        ["Request sent", exchange.sent_at],
        ["First byte of the answer", exchange.first_byte_at],
        ["Last byte of the answer", exchange.ended_at],
        ["Committed to the store", exchange.committed_at],
    ] as const;
    return (
        <table class="moments">
            <thead>
                <tr>
                    <th scope="col">Moment</th>
                    <th scope="col" class="figure">
                        After
                    </th>
                    <th scope="col">Time</th>
                </tr>
            </thead>
            <tbody>
                {moments.map(([name, at]) => {
                    const after = preciseBetween(exchange.started_at, at);
                    return (
                        <tr key={name}>
                            <td>{name}</td>
                            <td class="figure">{after === null ? "–" : span(after)}</td>
                            <td>
                                {at === null ? (
                                    "not in the record, or it did not come to that"
                                ) : (
                                    <time dateTime={at} title={at}>
                                        {fullTime(at)}
                                    </time>
                                )}
                            </td>
                        </tr>
                    );
                })}
            </tbody>
        </table>
    );
}

/** When what happened of an exchange, as far as the record has times. */
export function Waterfall({ exchange }: { exchange: ExchangeWithHeads }) {
    const whole = wholeTime(exchange);
    const spans = spansOf(exchange);
    const pieces = sumPieces(exchange.pieces, whole);
    const most = Math.max(...pieces.bins.map((bin) => bin.bytes), 1);
    const x = (ms: number) => (width * ms) / whole;
    const rows = spans.length + (pieces.count > 0 ? 1 : 0);
    const told = spans.map((one) => `${one.name}: ${one.text}`).join(". ");
    return (
        <section aria-labelledby="times">
            <h2 id="times">Times</h2>
            <div class="waterfall">
                <ul class="waterfall-names" aria-hidden="true">
                    {spans.map((one) => (
                        <li key={one.kind}>{one.name}</li>
                    ))}
                    {pieces.count > 0 && <li>Pieces</li>}
                </ul>
                <svg
                    viewBox={`0 0 ${width} ${rows * rowHeight}`}
                    preserveAspectRatio="none"
                    role="img"
                    aria-label={told}
                >
                    {spans.map((one, row) => (
                        <rect
                            key={one.kind}
                            class={`span-${one.kind}`}
                            x={x(one.from)}
                            y={row * rowHeight + 5}
                            width={Math.max(2, x(one.to) - x(one.from))}
                            height={rowHeight - 10}
                        >
                            <title>{`${one.name}: ${one.text}`}</title>
                        </rect>
                    ))}
                    {pieces.bins.map((bin) => {
                        const height = Math.max(3, (rowHeight - 4) * Math.sqrt(bin.bytes / most));
                        return (
                            <rect
                                key={bin.at}
                                class="span-piece"
                                x={Math.min(x(bin.at), width - 3)}
                                y={rows * rowHeight - 2 - height}
                                width={3}
                                height={height}
                            >
                                <title>{`${span(bin.at)}: ${bytes(bin.bytes)}${bin.pieces > 1 ? ` in ${count(bin.pieces)} pieces` : ""}`}</title>
                            </rect>
                        );
                    })}
                </svg>
            </div>
            <Moments exchange={exchange} />
            <p class="muted">
                {pieces.count > 1
                    ? `The answer came in ${count(pieces.count)} pieces; the longest pause between them was ${span(pieces.longestPause)}, after ${span(pieces.pauseAt)}.`
                    : "The answer came in one piece, or the times of its pieces were not kept."}
                {exchange.first_byte_at !== null &&
                    exchange.connected_at === null &&
                    " When the provider was connected and the request was sent is not in the record: that is a part of the waiting."}
            </p>
        </section>
    );
}
