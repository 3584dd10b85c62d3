import { useState } from "preact/hooks";
import { get, type Schemas } from "../../api/client";
import { usePages } from "../../api/load";
import { count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { IdChip } from "../../ui/copy";
import { Loading, Nothing } from "../../ui/states";
import { Sides } from "./figures-table";
import { Message, MessageLink, type MessageDifference } from "./message";
import type { Unit } from "./options";
import { SideTrouble } from "./side-trouble";
import { Steps, type Step } from "./steps";

type Side = Schemas["chain_side"];

interface About {
    left: Side | null;
    right: Side | null;
    common: Side | null;
}

const plural = (value: number, one: string) => `${count(value)} ${one}${value === 1 ? "" : "s"}`;

function Common({ common }: { common: Side }) {
    return (
        <p class="difference-common">
            = {common.turns > 0 ? plural(common.turns, "turn") : plural(common.nodes, "message")} at the beginning{" "}
            {common.turns === 1 || (common.turns === 0 && common.nodes === 1) ? "is" : "are"} the same.{" "}
            <a href={addresses.node(common.hash)}>Read what both begin with</a>
        </p>
    );
}

function SameMessages({ messages }: { messages: readonly MessageDifference[] }) {
    const [open, setOpen] = useState(false);
    return (
        <div class="difference-common">
            <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
                = {plural(messages.length, "message")} {messages.length === 1 ? "says" : "say"} the same
            </button>
            {open && (
                <ul>
                    {messages.map((message) => (
                        <li key={message.left?.node}>
                            {visibleLine(message.left?.role ?? "")} <MessageLink side={message.left} name="left" />{" "}
                            <MessageLink side={message.right} name="right" />
                        </li>
                    ))}
                </ul>
            )}
        </div>
    );
}

function keyOf(message: MessageDifference): string {
    return `${message.left?.node ?? ""}-${message.right?.node ?? ""}`;
}

/** Messages that say the same are one step, those that differ one each. */
function stepsOf(messages: readonly MessageDifference[]): Step[] {
    const steps: Step[] = [];
    let same: MessageDifference[] = [];
    const fold = () => {
        if (same.length === 0) return;
        const folded = same;
        steps.push({
            key: `same ${keyOf(folded[0] as MessageDifference)}`,
            differs: false,
            label: "",
            content: () => <SameMessages messages={folded} />,
        });
        same = [];
    };
    for (const message of messages) {
        if (message.change === "same") {
            same.push(message);
            continue;
        }
        fold();
        const role = message.left?.role ?? message.right?.role ?? "message";
        steps.push({
            key: keyOf(message),
            differs: true,
            label: `${visibleLine(role)}, ${message.change}`,
            content: () => <Message message={message} />,
        });
    }
    fold();
    return steps;
}

export interface ChainsProps {
    /** Hashes of last nodes, or their numbers in the store. */
    left: string;
    right: string;
    unit: Unit;
}

/** Two chains, message by message. */
export function Chains({ left, right, unit }: ChainsProps) {
    const [about, setAbout] = useState<About | null>(null);
    const pages = usePages(
        `chains ${left} ${right} ${unit}`,
        async (cursor, signal) => {
            const page = await get(
                "/v1/differences/chains",
                { query: { left, right, unit, ...(cursor === null ? {} : { cursor }) } },
                signal,
            );
            if (cursor === null) setAbout({ left: page.left, right: page.right, common: page.common });
            return { items: page.messages, next: page.next };
        },
        keyOf,
    );
    if (pages.value === null)
        return pages.problem ? (
            <SideTrouble kind="chains" left={left} right={right} problem={pages.problem} retry={pages.reload} />
        ) : (
            <Loading text="Comparing…" />
        );
    const steps = stepsOf(pages.value);
    return (
        <>
            {about && <Sides left={<ChainSide side={about.left} />} right={<ChainSide side={about.right} />} />}
            {about?.common && <Common common={about.common} />}
            {steps.length === 0 && !pages.more && (
                <Nothing>
                    {about?.left?.hash === about?.right?.hash
                        ? "Both sides are the same chain."
                        : "Nothing stands behind what both begin with."}
                </Nothing>
            )}
            <Steps
                label="What differs"
                steps={steps}
                more={pages.more}
                loading={pages.loading}
                loadMore={pages.loadMore}
            />
            {pages.problem ? (
                <SideTrouble kind="chains" left={left} right={right} problem={pages.problem} retry={pages.loadMore} />
            ) : (
                pages.loading && <Loading text="Comparing more…" />
            )}
        </>
    );
}

function ChainSide({ side }: { side: Side | null }) {
    if (side === null) return <span class="muted">nothing</span>;
    return (
        <>
            <IdChip id={side.hash} name="the hash" address={addresses.node(side.hash)} /> {plural(side.turns, "turn")},{" "}
            {plural(side.nodes, "message")}
        </>
    );
}
