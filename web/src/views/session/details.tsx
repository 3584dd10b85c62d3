import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { bytes, count } from "../../format/figures";
import { endReason } from "../../format/end-reasons";
import { duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { CopyButton, IdChip } from "../../ui/copy";
import { Cost, Time, TokenBar } from "../../ui/figures";
import { blockName } from "./block-name";
import { RawBlock, RequestParameters } from "./raw";
import { useReader } from "./reader";
import { roleName } from "./role";
import type { Exchange } from "./source";
import { useTold } from "./topic";
import type { FoundBlock } from "./turns";

/** What is known of the chosen block: where it stands, what gave it and what that cost. */
export const Details = memo(function Details() {
    const reader = useReader();
    const key = useTold(reader.chosenChanged, () => reader.chosen);
    // A chosen block may come with a page that is still loading.
    useTold(reader.turns.changed, () => (key === null ? null : (reader.find(key)?.block ?? null)));
    const found = key === null ? null : reader.find(key);
    return (
        <aside class="details" aria-label="Details">
            {found === null ? (
                <p class="muted">
                    Choose a block of the transcript, by a click or with j and k, to see where it comes from and what it
                    cost.
                </p>
            ) : (
                <Found found={found} name={key ?? ""} />
            )}
        </aside>
    );
});

function Found({ found, name }: { found: FoundBlock; name: string }) {
    const reader = useReader();
    const { message, block, exchanges, turn } = found;
    const results = block.results ?? [];
    return (
        <>
            <h2>{blockName(block)}</h2>
            <p>
                <CopyButton
                    text={() => location.origin + reader.addressOfBlock(name)}
                    name="the link to this block"
                    label="Link"
                />
            </p>
            <dl>
                <Row name="Message">
                    <IdChip id={message.hash} name="the hash" address={addresses.node(message.hash, { at: name })} />
                </Row>
                <Row name="Role">{roleName(message.role)}</Row>
                <Row name="Turn">{turn}</Row>
                <Row name="Place">
                    {block.place + 1} of {message.blocks.length + message.more_blocks}
                </Row>
                <Row name="Type">
                    <code>{visibleLine(block.type)}</code>
                </Row>
                <Row name="First stored">
                    <Time at={message.created_at} />
                </Row>
                <Row name="Size">{bytes(block.image_bytes ? block.image_bytes : block.text_bytes)}</Row>
                {results.length > 0 && (
                    <Row name="Came back">
                        {bytes(results.reduce((sum, one) => sum + one.text_bytes + (one.image_bytes ?? 0), 0))}
                    </Row>
                )}
                {block.call_id && (
                    <Row name="Call">
                        <code>{visibleLine(block.call_id)}</code>
                    </Row>
                )}
            </dl>
            {exchanges.map((one) => (
                <ExchangeFacts key={one.id} exchange={one} />
            ))}
            <RawBlock key={name} message={message} block={block} />
        </>
    );
}

export function Row({ name, children }: { name: string; children: ComponentChildren }) {
    return (
        <>
            <dt>{name}</dt>
            <dd>{children}</dd>
        </>
    );
}

function ExchangeFacts({ exchange }: { exchange: Exchange }) {
    const { tokens } = exchange;
    const answered = exchange.response_model !== null && exchange.response_model !== exchange.model;
    return (
        <section aria-label="Exchange">
            <h3>Exchange</h3>
            <dl>
                <Row name="ID">
                    <IdChip
                        id={exchange.id}
                        name="the exchange's ID"
                        address={addresses.exchange(exchange.id)}
                        length={13}
                    />
                </Row>
                {exchange.model !== null && <Row name="Model">{visibleLine(exchange.model)}</Row>}
                {answered && <Row name="Answered">{visibleLine(exchange.response_model ?? "")}</Row>}
                <Row name="Sent">
                    <Time at={exchange.started_at} />
                </Row>
                {exchange.first_byte_ms !== null && <Row name="First byte">{duration(exchange.first_byte_ms)}</Row>}
                {exchange.duration_ms !== null && <Row name="Took">{duration(exchange.duration_ms)}</Row>}
                {exchange.stop_reason !== null && <Row name="Stopped">{visibleLine(exchange.stop_reason)}</Row>}
                {exchange.end_reason !== null && exchange.end_reason !== "complete" && (
                    <Row name="End">{endReason(exchange.end_reason)}</Row>
                )}
                <Row name="Cost">
                    <Cost value={exchange.cost} />
                </Row>
            </dl>
            {tokens !== null && (
                <>
                    <TokenBar tokens={tokens} />
                    <dl>
                        <Row name="Cache read">{count(tokens.cache_read)}</Row>
                        <Row name="Cache written">{count(tokens.cache_write)}</Row>
                        <Row name="Other input">{count(tokens.input)}</Row>
                        <Row name="Output">
                            {count(tokens.output)}
                            {tokens.reasoning > 0 && <span class="muted"> ({count(tokens.reasoning)} reasoning)</span>}
                        </Row>
                    </dl>
                </>
            )}
            <p>
                <a href={addresses.exchangeCache(exchange.id)}>The prompt cache</a>
            </p>
            <RequestParameters key={exchange.id} exchange={exchange} />
        </section>
    );
}
