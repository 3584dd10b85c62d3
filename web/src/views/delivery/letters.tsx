import { useMemo, useState } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { currentPlace, navigate, useParameter, usePlace } from "../../route";
import { Time } from "../../ui/figures";
import { Nothing } from "../../ui/states";
import { ChangeDialog, type Change } from "./change-dialog";
import { LetterDetails } from "./letter-details";
import { DeliverySection, DeliveryTable } from "./table";
import { filterOf, isOpen, letterStates, type Letter } from "./letter-filter";

const headings = [
    { name: "Letter" },
    { name: "State" },
    { name: "Received" },
    { name: "Topic" },
    { name: "Event" },
    { name: "Attempts", figure: true },
    { name: "Reason" },
];

function setFilter(name: string, value: string | null): void {
    const { query } = currentPlace();
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
    const text = query.toString();
    navigate(location.pathname + (text === "" ? "" : `?${text}`));
}

function Choice({
    name,
    label,
    values,
    chosen,
}: {
    name: string;
    label: string;
    values: string[];
    chosen: string | undefined;
}) {
    const all = chosen !== undefined && !values.includes(chosen) ? [chosen, ...values] : values;
    return (
        <label>
            {label}{" "}
            <select value={chosen ?? ""} onChange={(event) => setFilter(name, event.currentTarget.value)}>
                <option value="">any</option>
                {all.map((value) => (
                    <option key={value} value={value}>
                        {visibleLine(value)}
                    </option>
                ))}
            </select>
        </label>
    );
}

function Filters({ letters, totals }: { letters: Letter[]; totals: Schemas["letter_totals"] }) {
    const { query } = usePlace();
    const filter = filterOf(query);
    const distinct = (value: (letter: Letter) => string) => [...new Set(letters.map(value))].sort();
    return (
        <div class="letter-filters" role="group" aria-label="Filters of dead letters">
            <span role="group" aria-label="State">
                {letterStates.map((state) => (
                    <button
                        key={state}
                        type="button"
                        class="chip"
                        aria-pressed={filter.state === state}
                        onClick={() => setFilter("state", filter.state === state ? null : state)}
                    >
                        {state} {count(totals[state])}
                    </button>
                ))}
            </span>
            <Choice name="topic" label="Topic" values={totals.topics.map((one) => one.topic)} chosen={filter.topic} />
            <Choice
                name="event_type"
                label="Type"
                values={distinct((letter) => letter.event_type)}
                chosen={filter.event_type}
            />
            <Choice name="source" label="Source" values={distinct((letter) => letter.source)} chosen={filter.source} />
        </div>
    );
}

function LetterRow({ letter, opened, onOpen }: { letter: Letter; opened: boolean; onOpen: () => void }) {
    return (
        <tr aria-current={opened ? "true" : undefined}>
            <td>
                <button
                    type="button"
                    class="quiet letter-name"
                    aria-expanded={opened}
                    aria-label={`Dead letter ${letter.id}`}
                    onClick={onOpen}
                >
                    {letter.id}
                </button>
            </td>
            <td>
                <span
                    class={`chip ${letter.state === "pending" ? "bad" : letter.state === "scheduled" ? "warn" : letter.state === "retried" ? "good" : ""}`}
                >
                    {letter.state}
                </span>
            </td>
            <td>
                <Time at={letter.received_at ?? null} />
            </td>
            <td>{visibleLine(letter.topic)}</td>
            <td>{visibleLine(letter.event_type)}</td>
            <td class="figure">{count(letter.attempts)}</td>
            <td class="letter-reason" title={visibleLine(letter.reason)}>
                {visibleLine(letter.reason)}
            </td>
        </tr>
    );
}

export interface LettersProps {
    letters: Letter[] | null;
    totals: Schemas["letter_totals"] | null;
    /** So many were asked for; there may be more. */
    limit: number;
    onMore: () => void;
    reload: () => void;
}

/** Events that could not be delivered, and messages that could not be processed. */
export function Letters({ letters, totals, limit, onMore, reload }: LettersProps) {
    const { query } = usePlace();
    const [opened, setOpened] = useParameter("letter");
    const [change, setChange] = useState<Change | null>(null);
    const [round, setRound] = useState(0);
    const filter = useMemo(() => filterOf(query), [query]);
    if (letters === null || totals === null) return null;
    const any = totals.pending + totals.scheduled + totals.retried + totals.discarded;
    const open = letters.filter(isOpen).length;
    const chosen = Object.keys(filter).length > 0;
    const changeAll = (kind: Change["kind"]) =>
        setChange({ kind, filter, words: chosen ? "all letters that meet these filters" : "all letters that wait" });
    return (
        <DeliverySection id="letters" title="Dead letters">
            {any === 0 ? (
                <Nothing>Everything could be delivered.</Nothing>
            ) : (
                <>
                    <Filters letters={letters} totals={totals} />
                    {open > 0 && (
                        <p>
                            <button type="button" onClick={() => changeAll("retry")}>
                                Try all of these again…
                            </button>{" "}
                            <button type="button" onClick={() => changeAll("discard")}>
                                Discard all of these…
                            </button>
                        </p>
                    )}
                    <div class={opened === null ? "letters" : "letters letters-opened"}>
                        {letters.length === 0 ? (
                            <Nothing>No letter meets these filters.</Nothing>
                        ) : (
                            <DeliveryTable
                                label="Dead letters"
                                headings={headings}
                                behind={
                                    letters.length >= limit && (
                                        <button type="button" onClick={onMore}>
                                            Show more than {count(limit)}
                                        </button>
                                    )
                                }
                            >
                                {letters.map((letter) => (
                                    <LetterRow
                                        key={letter.id}
                                        letter={letter}
                                        opened={opened === String(letter.id)}
                                        onOpen={() =>
                                            setOpened(opened === String(letter.id) ? null : String(letter.id), true)
                                        }
                                    />
                                ))}
                            </DeliveryTable>
                        )}
                        {opened !== null && /^\d+$/.test(opened) && (
                            <LetterDetails
                                key={opened}
                                id={opened}
                                round={round}
                                onClose={() => setOpened(null)}
                                onChange={(kind, letter) =>
                                    setChange({ kind, filter: { id: letter.id }, words: `letter ${letter.id}` })
                                }
                            />
                        )}
                    </div>
                </>
            )}
            {change !== null && (
                <ChangeDialog
                    change={change}
                    onClose={() => setChange(null)}
                    onDone={() => {
                        setChange(null);
                        setRound(round + 1);
                        reload();
                    }}
                />
            )}
        </DeliverySection>
    );
}
