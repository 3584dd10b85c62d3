import type { Schemas } from "../../api/client";
import { count } from "../../format/figures";
import { sampleOf, type Samples } from "../../format/prometheus";
import { duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { Nothing } from "../../ui/states";
import { DeliverySection, DeliveryTable } from "./table";

const headings = [
    { name: "Cursor" },
    { name: "How far" },
    { name: "Row", figure: true },
    { name: "Behind by rows", figure: true },
    { name: "Oldest waits for", figure: true },
    { name: "Events of this run" },
];

function CursorRow({ cursor, last, samples }: { cursor: Schemas["cursor"]; last: number; samples: Samples }) {
    const labels = { cursor: cursor.name };
    const seconds = sampleOf(samples, "tapes_cursor_lag_seconds", labels);
    const results = (samples.get("tapes_publish_total") ?? []).filter(
        (one) => one.labels["cursor"] === cursor.name && one.value > 0,
    );
    const running = sampleOf(samples, "tapes_cursor_lag_rows", labels) !== null;
    return (
        <tr>
            <th scope="row">
                {visibleLine(cursor.name)} {!running && <span class="chip">no publisher</span>}
            </th>
            <td>
                <progress
                    value={cursor.seq}
                    max={Math.max(last, 1)}
                    aria-label={`${visibleLine(cursor.name)}: row ${count(cursor.seq)} of ${count(last)}`}
                />
            </td>
            <td class="figure">{count(cursor.seq)}</td>
            <td class={`figure ${cursor.lag_rows > 0 ? "warn" : ""}`}>{count(cursor.lag_rows)}</td>
            <td class="figure">{seconds === null || cursor.lag_rows === 0 ? "–" : duration(seconds * 1000)}</td>
            <td>
                {results.length === 0
                    ? "–"
                    : results.map((one) => `${count(one.value)} ${visibleLine(one.labels["result"] ?? "")}`).join(", ")}
            </td>
        </tr>
    );
}

/** How far each publisher has come. */
export function Cursors({ cursors, samples }: { cursors: Schemas["cursors"] | null; samples: Samples }) {
    return (
        <DeliverySection id="cursors" title="Cursors">
            {cursors === null ? (
                <Nothing>
                    This process only reads the store, so it knows neither cursors nor dead letters nor replays. The
                    page of the proxy or the collector shows them.
                </Nothing>
            ) : cursors.cursors.length === 0 ? (
                <Nothing>
                    Nothing is published: no publisher was ever set up (publisher.kafka in the configuration).
                </Nothing>
            ) : (
                <DeliveryTable label="Cursors" headings={headings}>
                    {cursors.cursors.map((cursor) => (
                        <CursorRow key={cursor.name} cursor={cursor} last={cursors.last_seq} samples={samples} />
                    ))}
                </DeliveryTable>
            )}
        </DeliverySection>
    );
}
