import { dropReason } from "../../format/drop-reasons";
import { bytes, count } from "../../format/figures";
import { meanOf, sampleOf, type Samples } from "../../format/prometheus";
import { duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import type { Readiness } from "./state";

interface FigureProps {
    name: string;
    value: string | null;
    title?: string;
    bad?: boolean;
}

function Figure({ name, value, title, bad = false }: FigureProps) {
    if (value === null) return null;
    return (
        <div title={title}>
            <dt>{name}</dt>
            <dd class={bad ? "bad" : undefined}>{value}</dd>
        </div>
    );
}

const counted = (value: number | null) => (value === null ? null : count(value));
const sized = (value: number | null) => (value === null ? null : bytes(value));

function Ready({ readiness, samples, records }: { readiness: Readiness; samples: Samples; records: boolean }) {
    const failing = sampleOf(samples, "tapes_store_failing") === 1;
    if (readiness.ready && !failing)
        return (
            <p class="good">{records ? "Ready: what is accepted is recorded." : "Ready: the record can be read."}</p>
        );
    return (
        <div class="bad" role="alert">
            <p>{readiness.ready ? "The store cannot commit." : "Not ready."}</p>
            <ul>
                {readiness.reasons.map((reason) => (
                    <li key={reason}>{visibleLine(reason)}</li>
                ))}
            </ul>
        </div>
    );
}

function Dropped({ samples }: { samples: Samples }) {
    const dropped = (samples.get("tapes_exchanges_dropped_total") ?? []).filter((one) => one.value > 0);
    if (dropped.length === 0) return null;
    return (
        <details>
            <summary>
                Exchanges that gave no turn, by reason ({count(dropped.reduce((sum, one) => sum + one.value, 0))})
            </summary>
            <table>
                <thead>
                    <tr>
                        <th scope="col">Reason</th>
                        <th scope="col" class="figure">
                            Exchanges
                        </th>
                        <th scope="col">What it means</th>
                    </tr>
                </thead>
                <tbody>
                    {dropped.map((one) => (
                        <tr key={one.labels["reason"]}>
                            <td>{visibleLine(one.labels["reason"] ?? "")}</td>
                            <td class="figure">{count(one.value)}</td>
                            <td>{dropReason(one.labels["reason"] ?? "")}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </details>
    );
}

/** How the store and the process are, from what the process tells of itself. */
export function Health({
    readiness,
    samples,
    lastRow,
}: {
    readiness: Readiness;
    samples: Samples;
    lastRow: number | null;
}) {
    // A process that only reads the store has no figures of recording, and tells 0 for them.
    const records = lastRow !== null;
    const commit = meanOf(samples, "tapes_commit_seconds");
    const overhead = meanOf(samples, "tapes_overhead_seconds");
    const lag = sampleOf(samples, "tapes_catalogue_lag_rows");
    const spilled = sampleOf(samples, "tapes_spill_bytes");
    const late = sampleOf(samples, "tapes_ack_timeouts_total");
    return (
        <section aria-labelledby="health">
            <h2 id="health">Store and process</h2>
            <Ready readiness={readiness} samples={samples} records={records} />
            <dl class="figures">
                <Figure
                    name="Rows of the log"
                    value={counted(lastRow)}
                    title="The last row of the log, up to which cursors can come."
                />
                <Figure
                    name="Catalogue behind by"
                    value={lag === null ? null : `${count(lag)} rows`}
                    bad={lag !== null && lag > 10_000}
                    title="Rows of the log that are in no list and in no search yet."
                />
                {records && (
                    <>
                        <Figure
                            name="Store"
                            value={sized(sampleOf(samples, "tapes_store_bytes"))}
                            title="The size of its file."
                        />
                        <Figure name="Write-ahead log" value={sized(sampleOf(samples, "tapes_wal_bytes"))} />
                        <Figure
                            name="Commit"
                            value={commit === null ? null : duration(commit * 1000)}
                            title="The mean time of a group commit since the process began."
                        />
                        <Figure
                            name="Accepted"
                            value={counted(sampleOf(samples, "tapes_exchanges_accepted_total"))}
                            title="Exchanges, since the process began."
                        />
                        <Figure
                            name="Turns recorded"
                            value={counted(sampleOf(samples, "tapes_turns_recorded_total"))}
                            title="Since the process began."
                        />
                        <Figure
                            name="In flight"
                            value={counted(sampleOf(samples, "tapes_exchanges_in_flight"))}
                            title="Exchanges that have not found their end."
                        />
                        <Figure
                            name="Added by the proxy"
                            value={overhead === null ? null : duration(overhead * 1000)}
                            title="The mean time that the proxy added to an exchange."
                        />
                        <Figure
                            name="Held in memory"
                            value={sized(sampleOf(samples, "tapes_capture_bytes"))}
                            title="Bytes of exchanges that are not recorded yet."
                        />
                        <Figure name="In spill files" value={sized(spilled)} />
                        <Figure
                            name="Released early"
                            value={counted(late)}
                            bad={late !== null && late > 0}
                            title="Answers that were released before their turn was committed."
                        />
                    </>
                )}
                <Figure
                    name="Memory"
                    value={sized(sampleOf(samples, "process_resident_memory_bytes"))}
                    title="Resident memory of the process."
                />
            </dl>
            <Dropped samples={samples} />
            <p class="muted">
                All figures are at <a href="/metrics">/metrics</a>. What tokens cost is at{" "}
                <a href={addresses.usage()}>usage</a>.
            </p>
        </section>
    );
}
