import { useGet } from "../api/load";
import { visibleLine } from "../format/visible";
import { useParameter } from "../route";
import { Loading, Trouble } from "../ui/states";
import { Tabs } from "../ui/tabs";
import { useTitle } from "../ui/title";
import { Curl } from "./exchange/curl";
import { Events } from "./exchange/events";
import { requestLine, type ExchangeWithHeads } from "./exchange/exchange";
import { Header } from "./exchange/header";
import { Message } from "./exchange/message";
import { Outcome } from "./exchange/outcome";
import { Waterfall } from "./exchange/waterfall";
import type { ViewProps } from "./view";

const tabs = [
    { name: "request", title: "Request" },
    { name: "response", title: "Answer" },
    { name: "events", title: "Events" },
    { name: "curl", title: "cURL" },
];

function Wire({ exchange }: { exchange: ExchangeWithHeads }) {
    const [part, setPart] = useParameter("part");
    const chosen = tabs.find((tab) => tab.name === part)?.name ?? "request";
    return (
        <section aria-label="On the wire">
            <Tabs
                tabs={tabs}
                chosen={chosen}
                onChoose={(name) => setPart(name === "request" ? null : name)}
                label="Parts of the exchange"
            >
                {chosen === "request" && (
                    <Message key="request" side={exchange.request} name="request" file={`${exchange.id}-request`} />
                )}
                {chosen === "response" && (
                    <Message key="response" side={exchange.response} name="answer" file={`${exchange.id}-response`} />
                )}
                {chosen === "events" && <Events exchange={exchange} />}
                {chosen === "curl" && <Curl exchange={exchange} />}
            </Tabs>
        </section>
    );
}

/** One request and how it ended: its times, what went over the wire, and what it became. */
export default function ExchangeView({ place }: ViewProps) {
    const id = place.path[1] ?? "";
    const { value, problem, reload } = useGet("/v1/exchanges/{id}", { path: { id } });
    useTitle(value === null ? "Exchange" : `${visibleLine(requestLine(value))}, no. ${value.seq}`);
    if (value === null) return problem ? <Trouble problem={problem} retry={reload} /> : <Loading />;
    return (
        <article class="exchange-view" aria-label="Exchange">
            <Header exchange={value} />
            <div class="exchange-top">
                <Waterfall exchange={value} />
                <Outcome exchange={value} />
            </div>
            <Wire exchange={value} key={value.id} />
        </article>
    );
}
