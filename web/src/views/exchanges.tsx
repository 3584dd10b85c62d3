import { get, type Schemas } from "../api/client";
import { addresses } from "../route";
import { FilterBar } from "../ui/filters";
import { filterParameters, type Filter } from "../ui/filter-list";
import { ExchangeColumns, ExchangeRow, cardHeight, rowHeight } from "../ui/exchange-row";
import { LiveList } from "../ui/live-list";
import { Nothing } from "../ui/states";
import { namesBy } from "../ui/suggestions";
import { useTitle } from "../ui/title";
import type { ViewProps } from "./view";

/** As src/llm names them. */
const apis = [
    "anthropic_messages",
    "openai_chat",
    "openai_responses",
    "openai_completions",
    "mistral_fim",
    "bedrock_converse",
    "ollama_chat",
    "ollama_generate",
    "gemini",
];

const filters: readonly Filter[] = [
    { name: "project", label: "Project", kind: "text", suggestions: namesBy("project") },
    { name: "agent", label: "Agent", kind: "text", suggestions: namesBy("agent") },
    { name: "model", label: "Model", kind: "text", suggestions: namesBy("model") },
    { name: "provider", label: "Provider", kind: "text", suggestions: namesBy("provider") },
    { name: "api", label: "API", kind: "text", suggestions: async () => apis },
    { name: "session", label: "Session begins", kind: "text" },
    { name: "caller", label: "Caller", kind: "text" },
    { name: "since", label: "Since", kind: "date" },
    { name: "until", label: "Before", kind: "date" },
    { name: "dropped", label: "Gave no turn", kind: "flag" },
    { name: "errors", label: "Failed", kind: "flag" },
];

/** Requests and their answers, also those that gave no turn: the evidence behind every sum. */
export default function ExchangesView({ place: { query } }: ViewProps) {
    useTitle("Exchanges");
    const set = filterParameters(filters, query);
    const key = JSON.stringify(set);
    return (
        <>
            <div class="list-head">
                <h1>Exchanges</h1>
                <FilterBar filters={filters} />
                <a href={addresses.sessions()}>Sessions</a>
            </div>
            <LiveList<Schemas["exchange"]>
                title="Exchanges"
                noun="exchange"
                listKey={`exchanges ${key}`}
                loadPage={async (cursor, signal) => {
                    const { exchanges, next } = await get(
                        "/v1/exchanges",
                        { query: { ...set, limit: 100, ...(cursor === null ? {} : { cursor }) } },
                        signal,
                    );
                    return { items: exchanges, next };
                }}
                identity={(exchange) => exchange.id}
                heights={[rowHeight, cardHeight]}
                columns={(top, measured) => <ExchangeColumns top={top} measured={measured} />}
                row={(exchange, { index, narrow, chosen, onOpen }) => (
                    <ExchangeRow
                        key={exchange.id}
                        exchange={exchange}
                        index={index}
                        narrow={narrow}
                        chosen={chosen}
                        onOpen={onOpen}
                    />
                )}
                nothing={
                    <Nothing>
                        {key === "{}" ? "Nothing is recorded yet." : "No exchange is as the filters say."}
                    </Nothing>
                }
                lookFurther="Of the newest exchanges none is as the filters say."
            />
        </>
    );
}
