import type { Schemas } from "../../api/client";
import { bytes, count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { Time } from "../../ui/figures";
import { Nothing } from "../../ui/states";
import { DeliverySection, DeliveryTable } from "./table";

const headings = [
    { name: "Replay" },
    { name: "State" },
    { name: "To" },
    { name: "What" },
    { name: "Events", figure: true },
    { name: "How far" },
    { name: "Changed" },
];

const time = (us: number) => new Date(us / 1000).toISOString();

function choiceWords(choice: Schemas["replay_choice"]): string {
    const parts = [
        choice.event_types.join(", "),
        choice.root && `root ${choice.root.slice(0, 12)}`,
        choice.session && `session ${choice.session}`,
        choice.agent_name && `agent ${choice.agent_name}`,
        choice.project && `project ${choice.project}`,
        choice.since_us !== undefined && `since ${time(choice.since_us)}`,
        choice.until_us !== undefined && `until ${time(choice.until_us)}`,
    ];
    return visibleLine(parts.filter(Boolean).join("; "));
}

function stateWords(replay: Schemas["replay"]): string {
    if (replay.state === "running" && !replay.alive) return "running, but its process is gone";
    return replay.state;
}

/** Recorded turns that are, or were, sent again. */
export function Replays({ replays }: { replays: Schemas["replay"][] | null }) {
    if (replays === null) return null;
    return (
        <DeliverySection id="replays" title="Replays">
            {replays.length === 0 ? (
                <Nothing>
                    Nothing was sent again. <code>tapes replay</code> does that.
                </Nothing>
            ) : (
                <DeliveryTable label="Replays" headings={headings}>
                    {replays.map((replay) => (
                        <tr key={replay.id}>
                            <th scope="row">{visibleLine(replay.name)}</th>
                            <td
                                class={
                                    replay.state === "failed" || (replay.state === "running" && !replay.alive)
                                        ? "bad"
                                        : undefined
                                }
                            >
                                {visibleLine(stateWords(replay))}
                                {replay.error !== undefined && <div>{visibleLine(replay.error)}</div>}
                            </td>
                            <td>{visibleLine(replay.to)}</td>
                            <td>{choiceWords(replay.choice)}</td>
                            <td class="figure" title={bytes(replay.at.bytes)}>
                                {count(replay.at.events)}
                            </td>
                            <td>
                                <progress
                                    value={replay.state === "done" ? replay.last_seq : replay.at.seq}
                                    max={Math.max(1, replay.last_seq)}
                                    aria-label={`Row ${count(replay.at.seq)} of ${count(replay.last_seq)}`}
                                />
                            </td>
                            <td>
                                <Time at={time(replay.changed_us)} />
                            </td>
                        </tr>
                    ))}
                </DeliveryTable>
            )}
        </DeliverySection>
    );
}
