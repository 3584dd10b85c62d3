import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { asProblem, send } from "../../api/client";
import { readJson, type JsonValue } from "../../format/json-text";
import { bytes } from "../../format/figures";
import { visible } from "../../format/visible";
import { JsonTree } from "../../ui/json-tree";
import type { Block, Exchange, Message } from "./source";

/** What is larger is not loaded into the page. */
const most = 4 << 20;

/** Loads JSON when it is wanted, and shows it as a tree. */
function OnRequest({
    title,
    size,
    address,
    show,
}: {
    title: string;
    size: number;
    address: string;
    show: (value: JsonValue) => ComponentChildren;
}) {
    const [open, setOpen] = useState(false);
    const [value, setValue] = useState<JsonValue | null>(null);
    const [problem, setProblem] = useState<string | null>(null);
    const toggle = async () => {
        setOpen(!open);
        if (open || value !== null) return;
        try {
            const read = readJson(await (await send(address)).text());
            setValue(read);
            setProblem(read === null ? "It is no JSON." : null);
        } catch (error) {
            setProblem(asProblem(error).detail);
        }
    };
    if (size > most) {
        return (
            <p>
                {title}:{" "}
                <a href={address} download>
                    download {bytes(size)}
                </a>
            </p>
        );
    }
    return (
        <div class="fold">
            <button type="button" class="quiet fold-button" aria-expanded={open} onClick={() => void toggle()}>
                <span class="fold-sign" aria-hidden="true">
                    {open ? "▾" : "▸"}
                </span>
                {title}
            </button>
            {open && problem !== null && (
                <p class="bad" role="alert">
                    {visible(problem)}
                </p>
            )}
            {open && problem === null && (value === null ? <p class="muted">Loading…</p> : show(value))}
        </div>
    );
}

function member(of: JsonValue | undefined, name: string): JsonValue | undefined {
    return of?.kind === "object" ? of.members.find((one) => one.name === name)?.value : undefined;
}

/** The block as the store has it. */
export function RawBlock({ message, block }: { message: Message; block: Block }) {
    return (
        <OnRequest
            title="Raw JSON"
            size={message.bytes}
            address={`/v1/nodes/${message.hash}`}
            show={(event) => {
                const content = member(member(member(event, "node"), "bucket"), "content");
                const raw = content?.kind === "array" ? content.items[block.place] : undefined;
                return <JsonTree value={raw ?? event} label="Raw JSON" open={1} />;
            }}
        />
    );
}

/** Members of requests that are the conversation itself and not how it is to be answered. */
const conversation = new Set([
    "messages",
    "input",
    "system",
    "instructions",
    "prompt",
    "contents",
    "tools",
    "functions",
]);

/** What a request says beside its conversation: temperature, limits, thinking, tool choice. */
export function RequestParameters({ exchange }: { exchange: Exchange }) {
    return (
        <OnRequest
            title="Parameters"
            size={exchange.request_bytes}
            address={`/v1/exchanges/${exchange.id}/request?decoded=true`}
            show={(body) => {
                if (body.kind !== "object") return <JsonTree value={body} label="Parameters" />;
                return (
                    <JsonTree
                        value={{ ...body, members: body.members.filter((one) => !conversation.has(one.name)) }}
                        label="Parameters"
                        open={2}
                    />
                );
            }}
        />
    );
}
