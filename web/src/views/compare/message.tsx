import type { Schemas } from "../../api/client";
import { count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { BlockDifference } from "./block";
import { ChangeSign } from "./change-sign";

export type MessageDifference = Schemas["message_difference"];
type Side = Schemas["message_side"];

export function MessageLink({ side, name }: { side: Side | null; name: string }) {
    if (side === null) return <span class="muted">{name}: none</span>;
    return (
        <span>
            {name}:{" "}
            <a href={addresses.node(side.hash)}>
                {side.turn > 0 ? `turn ${count(side.turn)}` : side.hash.slice(0, 12)}
            </a>
        </span>
    );
}

/** A message that differs, with its blocks. */
export function Message({ message }: { message: MessageDifference }) {
    const role = message.left?.role ?? message.right?.role ?? "";
    const roles =
        message.left && message.right && message.left.role !== message.right.role
            ? `${message.left.role} → ${message.right.role}`
            : role;
    return (
        <>
            <header class="difference-message-head">
                <ChangeSign change={message.change} /> <b class={`role-${role}`}>{visibleLine(roles)}</b>{" "}
                <MessageLink side={message.left} name="left" /> <MessageLink side={message.right} name="right" />
            </header>
            {message.hidden && (
                <p class="muted">
                    They differ in nothing that is compared: ids of calls, the order of members, what the client marks
                    for the cache.
                </p>
            )}
            {message.blocks
                .filter(({ change }) => change !== "same")
                .map((block, at) => (
                    <BlockDifference key={at} block={block} />
                ))}
            {message.more_blocks > 0 && <p class="muted">{count(message.more_blocks)} more blocks are not compared.</p>}
        </>
    );
}
