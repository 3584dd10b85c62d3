import { dropReason, isAboutEarlier } from "../../format/drop-reasons";
import { endReason } from "../../format/end-reasons";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { IdChip } from "../../ui/copy";
import type { ExchangeWithHeads } from "./exchange";

function NewNodes({ exchange }: { exchange: ExchangeWithHeads }) {
    if (exchange.new_nodes.length === 0) return <p class="muted">All of its messages were in the record before.</p>;
    return (
        <ol class="new-nodes" aria-label="Nodes that were new with it">
            {exchange.new_nodes.map((node) => (
                <li key={node.node}>
                    <span class="chip">{visibleLine(node.role)}</span>
                    <IdChip id={node.hash} name="the hash" address={addresses.node(node.hash)} />
                    <span class="new-node-text">
                        {visibleLine(node.text)}
                        {node.text_bytes > new TextEncoder().encode(node.text).length && "…"}
                    </span>
                </li>
            ))}
            {exchange.more_new_nodes && <li class="muted">and more</li>}
        </ol>
    );
}

/** What an exchange became in the record, or why nothing. */
export function Outcome({ exchange }: { exchange: ExchangeWithHeads }) {
    return (
        <section aria-labelledby="outcome">
            <h2 id="outcome">What became of it</h2>
            {exchange.end_reason !== null && exchange.end_reason !== "complete" && (
                <p class="warn">{endReason(exchange.end_reason)}</p>
            )}
            {exchange.drop_reason !== null ? (
                <p>
                    {!isAboutEarlier(exchange.drop_reason) && "It gave no turn. "}
                    {dropReason(exchange.drop_reason)} <span class="muted">({visibleLine(exchange.drop_reason)})</span>
                </p>
            ) : (
                <>
                    <p>
                        {exchange.stop_reason === "pending"
                            ? "A turn, whose answer is still to be fetched. Its question is the node"
                            : "A turn, whose answer is the node"}{" "}
                        {exchange.head !== null && (
                            <IdChip id={exchange.head} name="the hash" address={addresses.node(exchange.head)} />
                        )}
                        . New in the record with it:
                    </p>
                    <NewNodes exchange={exchange} />
                </>
            )}
            {exchange.reading !== null && (
                <p class="muted">
                    How its bodies were read: <code>{visibleLine(exchange.reading)}</code>.
                </p>
            )}
        </section>
    );
}
