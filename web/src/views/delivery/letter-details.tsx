import { useEffect, useMemo } from "preact/hooks";
import { useGet } from "../../api/load";
import { bytes, count } from "../../format/figures";
import { readJson } from "../../format/json-text";
import { visible, visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { Time } from "../../ui/figures";
import { JsonTree } from "../../ui/json-tree";
import { LongText } from "../../ui/long-text";
import { Loading, Trouble } from "../../ui/states";
import { hexLines } from "../exchange/hex";
import { exchangeOf, isOpen, stateWords, type Letter } from "./letter-filter";

function fromBase64(text: string, most: number): Uint8Array {
    try {
        return Uint8Array.from(atob(text.slice(0, Math.ceil(most / 3) * 4)), (one) => one.charCodeAt(0));
    } catch {
        return new Uint8Array();
    }
}

function Payload({ letter }: { letter: Letter }) {
    const tree = useMemo(
        () => (letter.payload !== undefined && letter.payload.length <= 1024 * 1024 ? readJson(letter.payload) : null),
        [letter.payload],
    );
    if (letter.payload === undefined && letter.payload_base64 === undefined)
        return <p class="muted">It has no payload of its own: its event is made again from the store.</p>;
    return (
        <>
            <h3>
                Payload {letter.payload_bytes !== undefined && <span class="muted">{bytes(letter.payload_bytes)}</span>}
            </h3>
            {tree !== null ? (
                <JsonTree value={tree} label="Payload" open={3} />
            ) : letter.payload !== undefined ? (
                <pre class="body-text">
                    <LongText text={letter.payload} label="payload" />
                </pre>
            ) : (
                <pre class="hex">{hexLines(fromBase64(letter.payload_base64 ?? "", 4096))}</pre>
            )}
        </>
    );
}

function Facts({ letter }: { letter: Letter }) {
    const exchange = exchangeOf(letter);
    const facts: [string, string | undefined][] = [
        ["Event", letter.event_id],
        ["Type", letter.event_type],
        ["Topic", letter.topic],
        [
            "Partition, offset",
            letter.partition === undefined ? undefined : `${letter.partition}, ${letter.offset ?? "–"}`,
        ],
        ["Key", letter.key ?? letter.key_base64],
        ["Source", letter.source],
        ["Attempts", count(letter.attempts)],
        ["Retries", count(letter.retries)],
        ["Discarded because", letter.discard_reason],
    ];
    return (
        <dl class="facts">
            {facts
                .filter(([, value]) => value !== undefined && value !== "")
                .map(([name, value]) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{visibleLine(value ?? "")}</dd>
                    </div>
                ))}
            {exchange !== null && (
                <div>
                    <dt>Row of the log</dt>
                    <dd>
                        <a href={addresses.exchange(exchange)}>exchange no. {exchange}</a>
                    </dd>
                </div>
            )}
            {letter.due_at !== undefined && isOpen(letter) && (
                <div>
                    <dt>Tried again</dt>
                    <dd>
                        <Time at={letter.due_at} />
                    </dd>
                </div>
            )}
        </dl>
    );
}

export interface LetterDetailsProps {
    id: string;
    onClose: () => void;
    onChange: (kind: "retry" | "discard", letter: Letter) => void;
    /** Changes whenever it is to be read again. */
    round: number;
}

/** One dead letter with its payload and its history. */
export function LetterDetails({ id, onClose, onChange, round }: LetterDetailsProps) {
    const { value, problem, reload } = useGet("/v1/dead-letters/{id}", { path: { id: Number(id) } });
    useEffect(() => {
        if (round > 0) reload();
    }, [round]);
    return (
        <section class="panel letter-details" aria-label={`Dead letter ${visible(id)}`}>
            <div class="body-head">
                <h2>Dead letter {visible(id)}</h2>
                <button type="button" class="quiet" aria-label="Close the letter" onClick={onClose}>
                    ✕
                </button>
            </div>
            {value === null ? (
                problem ? (
                    <Trouble problem={problem} retry={reload} />
                ) : (
                    <Loading />
                )
            ) : (
                <>
                    <p>
                        It {stateWords[value.state]}. <span class="bad">{visibleLine(value.reason)}</span>
                    </p>
                    {isOpen(value) && (
                        <p>
                            <button type="button" onClick={() => onChange("retry", value)}>
                                Try again…
                            </button>{" "}
                            <button type="button" onClick={() => onChange("discard", value)}>
                                Discard…
                            </button>
                        </p>
                    )}
                    <Facts letter={value} />
                    {value.history !== undefined && value.history.length > 0 && (
                        <>
                            <h3>History</h3>
                            <ol class="letter-history">
                                {value.history.map((one, at) => (
                                    <li key={at}>
                                        <Time at={one.at} /> <strong>{visibleLine(one.what)}</strong>{" "}
                                        {one.attempts > 0 && `after ${count(one.attempts)} attempts `}
                                        {visibleLine(one.reason)}
                                    </li>
                                ))}
                            </ol>
                        </>
                    )}
                    <Payload letter={value} />
                </>
            )}
        </section>
    );
}
