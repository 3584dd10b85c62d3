import { useMemo } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { readBeginning, type Beginning } from "../../api/beginning";
import { useLoad } from "../../api/load";
import { bytes } from "../../format/figures";
import { readJson } from "../../format/json-text";
import { visible } from "../../format/visible";
import { useParameter } from "../../route";
import { JsonTree } from "../../ui/json-tree";
import { Loading, Trouble } from "../../ui/states";
import { hexLines } from "./hex";

const firstBytes = 64 * 1024;
/** What is longer is a download. */
const mostBytes = 1024 * 1024;
const mostHexBytes = 16 * 1024;

type Form = "tree" | "text" | "bytes";
const forms: [Form | "", string][] = [
    ["", "as it suits"],
    ["tree", "as a tree"],
    ["text", "as text"],
    ["bytes", "as bytes"],
];

function isText(value: Uint8Array): boolean {
    return !value.subarray(0, 4096).includes(0);
}

function Content({ beginning, form, label }: { beginning: Beginning; form: Form | null; label: string }) {
    const text = useMemo(() => new TextDecoder().decode(beginning.bytes), [beginning]);
    const tree = useMemo(() => (form === null || form === "tree" ? readJson(text) : null), [text, form]);
    if (beginning.bytes.length === 0) return <p class="muted">It has no content.</p>;
    if (tree !== null) return <JsonTree value={tree} label={label} />;
    if (form === "tree") return <p class="muted">This is no JSON, or too deep for a tree.</p>;
    if (form === "bytes" || (form === null && !isText(beginning.bytes))) {
        return (
            <pre class="hex" tabIndex={0} aria-label={`${label}, as bytes`}>
                {hexLines(beginning.bytes.subarray(0, mostHexBytes))}
                {beginning.bytes.length > mostHexBytes && "\n…"}
            </pre>
        );
    }
    return <pre class="body-text">{visible(text)}</pre>;
}

/** The body of one side: its beginning, more of it on request, and of what is long a file. */
export function Body({ side, label, file }: { side: Schemas["side"]; label: string; file: string }) {
    const [form, setForm] = useParameter("form");
    const [raw, setRaw] = useParameter("raw");
    const [all, setAll] = useParameter("all");
    const coded = side.content_encoding !== "" && !side.decoded_in_store;
    const address = `${side.body}${coded && raw !== "1" ? "?decoded=true" : ""}`;
    const most = all === "1" ? mostBytes : firstBytes;
    const loaded = useLoad(`${address} ${most}`, (signal) => readBeginning(address, most, signal));
    const chosen: Form | null = form === "tree" || form === "text" || form === "bytes" ? form : null;
    return (
        <section aria-label={label}>
            <div class="body-head">
                <h3>
                    {label} <span class="muted">{bytes(side.kept_bytes)}</span>
                </h3>
                <select
                    aria-label={`Form of the ${label.toLowerCase()}`}
                    value={chosen ?? ""}
                    onChange={(event) => setForm(event.currentTarget.value)}
                >
                    {forms.map(([value, text]) => (
                        <option key={value} value={value}>
                            {text}
                        </option>
                    ))}
                </select>
                {coded && (
                    <label>
                        <input
                            type="checkbox"
                            checked={raw === "1"}
                            onChange={(event) => setRaw(event.currentTarget.checked ? "1" : null)}
                        />{" "}
                        as it was sent ({visible(side.content_encoding)})
                    </label>
                )}
                <a href={address} download={file}>
                    Download
                </a>
            </div>
            {side.decoded_in_store && (
                <p class="muted">It came encoded and is kept decoded, because something in it was redacted.</p>
            )}
            {loaded.value !== null ? (
                <>
                    <Content beginning={loaded.value} form={chosen} label={label} />
                    {!loaded.value.whole && (
                        <p class="rest">
                            <span class="muted">These are the first {bytes(loaded.value.bytes.length)}. </span>
                            {most < mostBytes ? (
                                <button type="button" onClick={() => setAll("1")}>
                                    Show up to {bytes(mostBytes)}
                                </button>
                            ) : (
                                <a href={address} download={file}>
                                    Download all of it
                                </a>
                            )}
                        </p>
                    )}
                </>
            ) : loaded.problem !== null ? (
                <Trouble problem={loaded.problem} retry={loaded.reload} />
            ) : (
                <Loading />
            )}
        </section>
    );
}
