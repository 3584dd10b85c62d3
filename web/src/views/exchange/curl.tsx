import type { Schemas } from "../../api/client";
import { readBeginning } from "../../api/beginning";
import { useLoad } from "../../api/load";
import { curlCommand } from "../../format/curl";
import { visible } from "../../format/visible";
import { CopyButton } from "../../ui/copy";
import { Loading, Nothing, Trouble } from "../../ui/states";
import type { ExchangeWithHeads } from "./exchange";

const mostBytes = 1024 * 1024;

/** Where the request went: the upstream with the path of the API and the query that the client sent. */
export function requestUrl(exchange: ExchangeWithHeads): string {
    const host = exchange.request?.fields.find((field) => field.name.toLowerCase() === "host")?.value ?? "localhost";
    const base = (exchange.upstream ?? `http://${host}`).replace(/\/+$/, "");
    const mark = exchange.target?.indexOf("?") ?? -1;
    const query = mark >= 0 ? (exchange.target?.slice(mark) ?? "") : "";
    return `${base}${exchange.path ?? "/"}${query}`;
}

async function commandOf(
    exchange: ExchangeWithHeads,
    side: Schemas["side"],
    signal: AbortSignal,
): Promise<{ command: string; file: string | null }> {
    const coded = side.content_encoding !== "" && !side.decoded_in_store;
    const decoded = side.content_encoding !== "";
    const address = `${side.body}${coded ? "?decoded=true" : ""}`;
    const read = side.kept_bytes === 0 ? null : await readBeginning(address, mostBytes, signal);
    const file = `${exchange.id}-request`;
    const body = read === null || read.bytes.length === 0 ? "none" : read.whole ? read.bytes : { file };
    const command = curlCommand({
        method: exchange.method ?? "POST",
        url: requestUrl(exchange),
        fields: side.fields,
        body,
        decoded,
    });
    return { command, file: read !== null && !read.whole ? address : null };
}

/** The request as a command, to be sent again. */
export function Curl({ exchange }: { exchange: ExchangeWithHeads }) {
    const side = exchange.request;
    const overSocket = exchange.method === "GET" && exchange.api !== null;
    const loaded = useLoad(side === null || overSocket ? null : `curl ${exchange.id}`, (signal) =>
        side === null ? Promise.reject(new Error("there are no bytes")) : commandOf(exchange, side, signal),
    );
    if (overSocket) return <Nothing>This request was a message on a WebSocket, which curl does not send.</Nothing>;
    if (side === null)
        return <Nothing>The bytes of this exchange were not kept: see record.wire in the configuration.</Nothing>;
    if (loaded.problem !== null) return <Trouble problem={loaded.problem} retry={loaded.reload} />;
    if (loaded.value === null) return <Loading />;
    const { command, file } = loaded.value;
    const secrets = [...new Set([...command.matchAll(/"\$\{([A-Z0-9_]+):\?\}"/g)].map((match) => match[1] ?? ""))];
    return (
        <section aria-label="As a curl command">
            <p>
                The request as it went to the provider, for a POSIX shell.{" "}
                {secrets.length > 0 && (
                    <>
                        Credentials are not in the record. Set{" "}
                        {secrets.map((name, at) => (
                            <span key={name}>
                                {at > 0 && ", "}
                                <code>{name}</code>
                            </span>
                        ))}{" "}
                        before you run it.
                    </>
                )}
            </p>
            <p class="muted">
                A path that the proxy's upstream has of its own, such as /v1, is not in the record: where there is one,
                put it before the path.
            </p>
            <p>
                <CopyButton text={command} name="the curl command" label="Copy" />{" "}
                {file !== null && (
                    <>
                        The body is too long for a command:{" "}
                        <a href={file} download={`${exchange.id}-request`}>
                            download it
                        </a>{" "}
                        to the directory in which you run this.
                    </>
                )}
            </p>
            <pre class="curl" tabIndex={0} aria-label="The command">
                {visible(command.slice(0, 20_000))}
                {command.length > 20_000 && "\n… (all of it is copied)"}
            </pre>
        </section>
    );
}
