import { beginningOf } from "../../format/beginning";
import { useGet } from "../../api/load";
import { causeName, outcomeNames } from "../../format/cache-causes";
import { dollars } from "../../format/figures";
import { duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses, navigate } from "../../route";
import { CopyButton, IdChip } from "../../ui/copy";
import { Cost, Time, TokenBar, TokenCount } from "../../ui/figures";
import { ExportMenu } from "../../ui/export-menu";
import { useKeys } from "../../ui/keys";
import { requestLine, type ExchangeWithHeads } from "./exchange";

/** What is known of an exchange by name, as pairs. */
function Facts({ exchange }: { exchange: ExchangeWithHeads }) {
    const facts: [string, string | null][] = [
        ["Model", exchange.model],
        ["Answered by", exchange.response_model === exchange.model ? null : exchange.response_model],
        ["Provider", exchange.provider],
        ["API", exchange.api],
        ["Project", exchange.project],
        ["Agent", exchange.agent],
        ["Program", exchange.program],
        ["Client", exchange.client],
        ["Caller", exchange.caller],
        ["Stop reason", exchange.stop_reason],
        ["Streamed", exchange.streamed ? "yes" : "no"],
        ["Came by", exchange.source ?? null],
        ["Sent by", exchange.source === undefined ? exchange.peer : null],
        ["Sent to", exchange.upstream],
        ["Asked for", exchange.target === exchange.path ? null : exchange.target],
        ["Answer's ID", exchange.response_id],
        ["Sub-agent", exchange.agent_id],
        ["Parent agent", exchange.parent_agent_id],
        ["Parent session", exchange.parent_session],
    ];
    return (
        <dl class="facts">
            {facts
                .filter(([, value]) => value !== null && value !== "")
                .map(([name, value]) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{visibleLine(value ?? "")}</dd>
                    </div>
                ))}
        </dl>
    );
}

/** What became of the prompt cache, in a few words, and where it is told in full. */
function CacheLink({ id }: { id: string }) {
    const { value } = useGet("/v1/exchanges/{id}/cache", { path: { id } });
    const missed = value !== null && value.missed > 0;
    return (
        <>
            <a href={addresses.exchangeCache(id)} aria-keyshortcuts="c">
                Cache{value !== null && `: ${outcomeNames[value.outcome]}`}
                {missed && value.causes[0] !== undefined && `, ${causeName(value.causes[0])}`}
                {missed && value.extra_usd !== null && ` (${dollars(value.extra_usd)})`}
            </a>
            {value?.predecessor && (
                <a href={addresses.compare("exchanges", value.predecessor.id, id)}>Compare with the exchange before</a>
            )}
        </>
    );
}

/** What an exchange is, and where one goes from it. */
export function Header({ exchange }: { exchange: ExchangeWithHeads }) {
    const turn =
        exchange.head !== null
            ? addresses.node(exchange.head)
            : exchange.session !== null
              ? addresses.session(exchange.session)
              : null;
    const go = (id: string | null) => id !== null && navigate(addresses.exchange(id) + location.search);
    useKeys("Exchange", [
        { keys: "[", text: "The exchange before in its session", run: () => go(exchange.previous) },
        { keys: "]", text: "The exchange behind in its session", run: () => go(exchange.following) },
        {
            keys: "c",
            text: "What became of the prompt cache",
            run: () => navigate(addresses.exchangeCache(exchange.id)),
        },
        { keys: "s", text: "Its session at this turn", run: () => turn !== null && navigate(turn) },
    ]);
    const status = exchange.status;
    return (
        <header class="exchange-header">
            <h1>
                <code>{visibleLine(requestLine(exchange))}</code>{" "}
                <span class={`chip ${status !== null && status < 400 ? "good" : "bad"}`}>{status ?? "no answer"}</span>
            </h1>
            <p class="exchange-line">
                <Time at={exchange.started_at} />
                {exchange.duration_ms !== null && <span>{duration(exchange.duration_ms)}</span>}
                {exchange.tokens !== null && (
                    <>
                        <span class="exchange-tokens">
                            <TokenBar tokens={exchange.tokens} />
                        </span>
                        <span>
                            <TokenCount tokens={exchange.tokens} /> tokens
                        </span>
                    </>
                )}
                {exchange.cost !== null && <Cost value={exchange.cost} />}
                <IdChip id={exchange.id} name="the exchange's ID" length={36} />
                <span class="muted">no. {exchange.seq}</span>
            </p>
            <nav aria-label="From this exchange" class="exchange-links">
                {exchange.session !== null && (
                    <a href={turn ?? addresses.session(exchange.session)} aria-keyshortcuts="s">
                        Session: {beginningOf(visibleLine(exchange.session_title ?? exchange.session), 80)}
                    </a>
                )}
                {exchange.answer_of !== null && (
                    <a href={addresses.exchange(exchange.answer_of)}>The exchange that asked for it</a>
                )}
                {exchange.fetched_by.map((id, place) => (
                    <a key={id} href={addresses.exchange(id)}>
                        {exchange.fetched_by.length === 1
                            ? "The exchange that brought its answer"
                            : `Part ${place + 1} of its answer`}
                    </a>
                ))}
                <CacheLink id={exchange.id} />
                {exchange.previous !== null && (
                    <a href={addresses.exchange(exchange.previous)} aria-keyshortcuts="[">
                        ← Before
                    </a>
                )}
                {exchange.following !== null && (
                    <a href={addresses.exchange(exchange.following)} aria-keyshortcuts="]">
                        Behind →
                    </a>
                )}
                <ExportMenu of="exchange" id={exchange.id} />
                <CopyButton
                    text={() => location.origin + addresses.exchange(exchange.id)}
                    name="the link"
                    label="Link"
                />
            </nav>
            <Facts exchange={exchange} />
        </header>
    );
}
