import type { Schemas } from "../../api/client";
import { useGet } from "../../api/load";
import { cost, count, inputTokens, percent } from "../../format/figures";
import { between, duration, fullTime } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses, useParameter } from "../../route";
import { Loading, Nothing } from "../../ui/states";
import { kinds } from "../tree/causes";
import { Chains } from "./chains";
import { DifferingFigures, figure, FiguresTable, Sides, type Figure } from "./figures-table";
import type { Unit } from "./options";
import { SideTrouble } from "./side-trouble";

type Session = Schemas["session"];
type Tool = Schemas["tool_comparison"];
type Pair = Schemas["thread_comparison"];

const dash = "–";
const text = (value: string | null) => (value === null ? dash : visibleLine(value));

function took(session: Session): string {
    const ms = between(session.first_at, session.ended_at ?? session.last_at);
    return ms === null ? dash : duration(ms);
}

function figuresOf(left: Session, right: Session): Figure[] {
    const both = (name: string, told: (session: Session) => string) => figure(name, told(left), told(right));
    return [
        both("title", (session) => text(session.title)),
        both("started", (session) => (session.first_at === null ? dash : fullTime(session.first_at))),
        both("took", took),
        both("project", (session) => text(session.project)),
        both("agent", (session) => text(session.agent)),
        both("client", (session) => text(session.client)),
        both("provider", (session) => text(session.provider)),
        both("model", (session) => text(session.model)),
        both("state", (session) => session.state),
        both("stop reason", (session) => text(session.stop_reason)),
        both("exchanges", (session) => count(session.exchanges)),
        both("turns", (session) => count(session.turns)),
        both("threads", (session) => count(session.threads)),
        both("errors", (session) => count(session.errors)),
        both("dropped", (session) => count(session.dropped)),
        both("input that no cache had", (session) => count(session.tokens.input)),
        both("read from the cache", (session) => count(session.tokens.cache_read)),
        both("written to the cache", (session) => count(session.tokens.cache_write)),
        both("output", (session) => count(session.tokens.output)),
        both("of it reasoning", (session) => count(session.tokens.reasoning)),
        both("cache share", (session) => percent(session.tokens.cache_read, inputTokens(session.tokens))),
        both("cost", (session) => cost(session.cost)),
    ].filter(({ left: one, right: other }) => one !== dash || other !== dash);
}

function Tools({ tools }: { tools: readonly Tool[] }) {
    if (tools.length === 0) return <p class="muted">Neither session called a tool.</p>;
    const told = (calls: number, errors: number) =>
        `${count(calls)} ${calls === 1 ? "call" : "calls"}${errors > 0 ? `, ${count(errors)} failed` : ""}`;
    return (
        <FiguresTable
            caption="Calls of tools"
            figures={tools.map((tool) =>
                figure(
                    visibleLine(tool.tool),
                    told(tool.left_calls, tool.left_errors),
                    told(tool.right_calls, tool.right_errors),
                ),
            )}
        />
    );
}

function SessionName({ session }: { session: Session }) {
    return (
        <>
            <a href={addresses.session(session.name)}>{text(session.title ?? session.name)}</a>{" "}
            <span class="muted">{visibleLine(session.name).slice(0, 40)}</span>
        </>
    );
}

function ThreadName({ thread, session }: { thread: Schemas["thread_side"] | null; session: string }) {
    if (thread === null) return <span class="muted">none</span>;
    return (
        <>
            <a href={addresses.session(session, { thread: thread.number })}>
                Thread {thread.number}, {kinds[thread.kind]}
            </a>{" "}
            {text(thread.title)}{" "}
            <span class="muted">
                {count(thread.turns)} {thread.turns === 1 ? "turn" : "turns"}
                {thread.model !== null && `, ${visibleLine(thread.model)}`}
            </span>
        </>
    );
}

function ThreadPair({
    pair,
    number,
    value,
    unit,
}: {
    pair: Pair;
    number: number;
    value: Schemas["session_difference"];
    unit: Unit;
}) {
    const [opened, setOpened] = useParameter("pair");
    const open = opened === String(number);
    return (
        <li class="thread-pair">
            <div class="thread-pair-sides">
                <div>
                    <span class="difference-sign" aria-hidden="true">
                        −{" "}
                    </span>
                    <span class="hidden-visually">Left: </span>
                    <ThreadName thread={pair.left} session={value.left.name} />
                </div>
                <div>
                    <span class="difference-sign" aria-hidden="true">
                        +{" "}
                    </span>
                    <span class="hidden-visually">Right: </span>
                    <ThreadName thread={pair.right} session={value.right.name} />
                </div>
            </div>
            {pair.left && pair.right && (
                <p>
                    <button
                        type="button"
                        aria-expanded={open}
                        onClick={() => setOpened(open ? null : String(number), true)}
                    >
                        {open ? "Fold these chains" : "Compare these chains"}
                    </button>{" "}
                    <span class="muted">
                        {pair.common_nodes > 0
                            ? `both begin with the same ${count(pair.common_nodes)} messages`
                            : "they begin with different messages"}
                    </span>
                </p>
            )}
            {open && pair.left && pair.right && (
                <Chains left={String(pair.left.head)} right={String(pair.right.head)} unit={unit} />
            )}
        </li>
    );
}

/** Two sessions: figures, tools, and their threads in pairs, whose chains are compared on request. */
export function Sessions({ left, right, unit }: { left: string; right: string; unit: Unit }) {
    const { value, problem, reload } = useGet("/v1/differences/sessions", { query: { left, right } });
    if (value === null)
        return problem ? (
            <SideTrouble kind="sessions" left={left} right={right} problem={problem} retry={reload} />
        ) : (
            <Loading text="Comparing…" />
        );
    return (
        <>
            <Sides left={<SessionName session={value.left} />} right={<SessionName session={value.right} />} />
            <DifferingFigures figures={figuresOf(value.left, value.right)} />
            <h2>Tools</h2>
            <Tools tools={value.tools} />
            <h2>Threads</h2>
            {value.threads.length === 0 && <Nothing>Neither session has a thread.</Nothing>}
            <ol class="thread-pairs">
                {value.threads.map((pair, at) => (
                    <ThreadPair key={at} pair={pair} number={at + 1} value={value} unit={unit} />
                ))}
            </ol>
        </>
    );
}
