import { dropReason, isAboutEarlier } from "../../format/drop-reasons";
import { endReason } from "../../format/end-reasons";
import { isUsualStop } from "../../format/stop-reasons";
import { duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { Cost, Time, TokenCount } from "../../ui/figures";
import { exchangeKey } from "./outline-store";
import type { Exchange } from "./source";

/** What the provider's bill says about an answer; of an exchange that gave no turn, why. */
export function ExchangeLine({ exchange }: { exchange: Exchange }) {
    if (exchange.drop_reason !== null) return <DroppedExchange exchange={exchange} />;
    return (
        <footer class="exchange">
            <a href={addresses.exchange(exchange.id)}>
                <Time at={exchange.started_at} />
            </a>
            <span>{visibleLine(exchange.response_model ?? exchange.model ?? "")}</span>
            {exchange.tokens !== null && <TokenCount tokens={exchange.tokens} />}
            {exchange.cost !== null && <Cost value={exchange.cost} />}
            {exchange.duration_ms !== null && <span>{duration(exchange.duration_ms)}</span>}
            {exchange.stop_reason !== null && !isUsualStop(exchange.stop_reason) && (
                <span class="chip warn">
                    {exchange.stop_reason === "pending"
                        ? "answer pending"
                        : `stopped: ${visibleLine(exchange.stop_reason)}`}
                </span>
            )}
            {exchange.end_reason !== null && exchange.end_reason !== "complete" && (
                <span class="chip bad">{endReason(exchange.end_reason)}</span>
            )}
        </footer>
    );
}

function DroppedExchange({ exchange }: { exchange: Exchange }) {
    const reason = exchange.drop_reason ?? "";
    return (
        <div
            role="group"
            class={isAboutEarlier(reason) ? "dropped about-earlier" : "dropped"}
            aria-label="Exchange without a turn"
            data-key={exchangeKey(exchange)}
            tabIndex={-1}
        >
            <a href={addresses.exchange(exchange.id)}>
                {visibleLine(`${exchange.method ?? ""} ${exchange.path ?? ""}`)}{" "}
                {exchange.status !== null && `→ ${exchange.status}`}
            </a>{" "}
            <Time at={exchange.started_at} />
            <p>{dropReason(reason)}</p>
        </div>
    );
}
