import type { Schemas } from "../../api/client";
import { useGet } from "../../api/load";
import { bytes, cost, count, percent, inputTokens } from "../../format/figures";
import { duration, fullTime } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { IdChip } from "../../ui/copy";
import { Loading } from "../../ui/states";
import { Content } from "./block";
import { ChangeSign } from "./change-sign";
import { DifferingFigures, figure, FiguresTable, Sides, type Figure } from "./figures-table";
import { Message } from "./message";
import type { Unit } from "./options";
import { SideTrouble } from "./side-trouble";
import { Steps, type Step } from "./steps";

type Side = Schemas["exchange_side"];
type Part = Schemas["part_difference"];
type Field = Schemas["field_difference"];

const dash = "–";
const text = (value: string | null) => (value === null ? dash : visibleLine(value));
const ms = (value: number | null) => (value === null ? dash : duration(value));

function figuresOf(left: Side, right: Side): Figure[] {
    const both = (name: string, told: (side: Side) => string) => figure(name, told(left), told(right));
    const tokens = (name: "input" | "cache_read" | "cache_write" | "output" | "reasoning") => (side: Side) =>
        side.tokens ? count(side.tokens[name]) : dash;
    return [
        both("started", (side) => (side.started_at === null ? dash : fullTime(side.started_at))),
        both("first byte", (side) => ms(side.first_byte_ms)),
        both("duration", (side) => ms(side.duration_ms)),
        both("request", (side) => `${text(side.method)} ${text(side.path)}`),
        both("status", (side) => (side.status === null ? dash : String(side.status))),
        both("API", (side) => text(side.api)),
        both("provider", (side) => text(side.provider)),
        both("model asked for", (side) => text(side.model)),
        both("model that answered", (side) => text(side.response_model)),
        both("client", (side) => text(side.client)),
        both("caller", (side) => text(side.caller)),
        both("stop reason", (side) => text(side.stop_reason)),
        both("end", (side) => text(side.end_reason)),
        both("dropped, because", (side) => text(side.drop_reason)),
        both("bytes sent", (side) => bytes(side.request_bytes)),
        both("bytes received", (side) => bytes(side.response_bytes)),
        both("parts of the request", (side) => count(side.parts)),
        both("input that no cache had", tokens("input")),
        both("read from the cache", tokens("cache_read")),
        both("written to the cache", tokens("cache_write")),
        both("output", tokens("output")),
        both("of it reasoning", tokens("reasoning")),
        both("cache share", (side) => (side.tokens ? percent(side.tokens.cache_read, inputTokens(side.tokens)) : dash)),
        both("cost", (side) => cost(side.cost)),
    ].filter(({ left: one, right: other }) => one !== dash || other !== dash);
}

function Fields({ name, fields }: { name: string; fields: readonly Field[] }) {
    if (fields.length === 0) return null;
    return (
        <section>
            <h2>{name}</h2>
            <FiguresTable
                caption={name}
                figures={fields.map((field) => ({
                    name: visibleLine(field.name),
                    left: text(field.left),
                    right: text(field.right),
                    same: false,
                }))}
            />
        </section>
    );
}

function partName(part: Part): string {
    const place = part.right ?? part.left;
    if (part.part === "message" && place) return `message ${place.number + 1}, part ${place.block + 1}`;
    if (part.part === "system" && place) return `system, part ${place.block + 1}`;
    return part.part;
}

function PartDifference({ part }: { part: Part }) {
    const sizes = [part.left, part.right].filter((side) => side !== null).map((side) => bytes(side.bytes));
    const marks = part.left && part.right && part.left.cache_control !== part.right.cache_control;
    return (
        <>
            <header class="difference-message-head">
                <ChangeSign change={part.change} /> <b>{partName(part)}</b>
                {part.name !== null && part.name !== part.part && <code>{visibleLine(part.name)}</code>}
                {part.part_type !== null && <span class="muted">{visibleLine(part.part_type)}</span>}
                <span class="muted">{[...new Set(sizes)].join(" → ")}</span>
            </header>
            {part.only_cache_control && <p class="muted">Nothing but the mark for the cache differs.</p>}
            {marks && (
                <p>
                    cache_control: <code class="removed">− {text(part.left?.cache_control ?? null)}</code>{" "}
                    <code class="added">+ {text(part.right?.cache_control ?? null)}</code>
                </p>
            )}
            <Content content={part} />
        </>
    );
}

function Notes({ side, name }: { side: Side; name: string }) {
    return (
        <>
            {!side.has_bytes && (
                <p class="muted">
                    On the {name} the bytes of the request are not kept, so its parts cannot be compared.
                </p>
            )}
            {side.fault !== null && (
                <p class="warn">
                    On the {name} the request was not read whole: {visibleLine(side.fault)}
                </p>
            )}
            {side.goes_on_from !== null && (
                <p class="muted">
                    On the {name} the provider keeps the history; the request goes on from{" "}
                    {visibleLine(side.goes_on_from)}.
                </p>
            )}
        </>
    );
}

function stepsOf(value: Schemas["exchange_difference"]): Step[] {
    const steps: Step[] = value.parts.map((part, at) => ({
        key: `part-${at}`,
        differs: true,
        label: `${partName(part)}${part.name === null ? "" : ` ${visibleLine(part.name)}`}, ${part.change}`,
        content: () => <PartDifference part={part} />,
    }));
    const answer = value.answer;
    if (answer && answer.change !== "same") {
        steps.push({
            key: "answer",
            differs: true,
            label: `the answer, ${answer.change}`,
            content: () => <Message message={answer} />,
        });
    } else if (answer) {
        steps.push({
            key: "answer",
            differs: false,
            label: "",
            content: () => <p class="difference-common">= Both answers say the same.</p>,
        });
    }
    return steps;
}

/** Two exchanges: figures, heads, the request part by part as the provider reads it, and the answers. */
export function Exchanges({ left, right, unit }: { left: string; right: string; unit: Unit }) {
    const { value, problem, reload } = useGet("/v1/differences/exchanges", { query: { left, right, unit } });
    if (value === null)
        return problem ? (
            <SideTrouble kind="exchanges" left={left} right={right} problem={problem} retry={reload} />
        ) : (
            <Loading text="Comparing…" />
        );
    return (
        <>
            <Sides
                left={
                    <IdChip
                        id={value.left.id}
                        name="the exchange on the left"
                        address={addresses.exchange(value.left.id)}
                        length={36}
                    />
                }
                right={
                    <IdChip
                        id={value.right.id}
                        name="the exchange on the right"
                        address={addresses.exchange(value.right.id)}
                        length={36}
                    />
                }
            />
            <Notes side={value.left} name="left" />
            <Notes side={value.right} name="right" />
            <DifferingFigures figures={figuresOf(value.left, value.right)} />
            <Fields name="Fields of the request's head" fields={value.request_fields} />
            <Fields name="Fields of the response's head" fields={value.response_fields} />
            <h2>The request and its answer</h2>
            <p class="difference-common">
                = {count(value.same_parts)}{" "}
                {value.same_parts === 1 ? "part of the request is" : "parts of the request are"} the same.
                {value.tools_reordered && " Both have the same tools, in another order."}
            </p>
            <Steps label="Parts that differ" steps={stepsOf(value)} more={false} loading={false} loadMore={() => {}} />
            {value.more_parts > 0 && <p class="muted">{count(value.more_parts)} more parts differ and are not told.</p>}
        </>
    );
}
