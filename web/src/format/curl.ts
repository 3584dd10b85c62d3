/** A recorded request as a curl command for POSIX shells. Credentials, which the record does not have, are variables. */

export interface RecordedRequest {
    method: string;
    url: string;
    fields: { name: string; value: string }[];
    /**
     * The body with its content codings undone. "none": there is none; a name: it is too long for a command and
     * stands in a file of that name.
     */
    body: Uint8Array | "none" | { file: string };
    /** Whether content codings were undone in the body. */
    decoded: boolean;
}

/** What curl sets by itself, or what concerned a connection that is over (RFC 9110 §7.6.1). */
const connectionFields = new Set([
    "host",
    "content-length",
    "connection",
    "proxy-connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "accept-encoding",
]);
/** Linux takes no argument of more than 128 KiB; printf, which shells have built in, has no such bound. */
const longestArgument = 100_000;
const redacted = /redacted:[0-9a-f]{8}/g;

/** Names of variables for the credentials that the record has only as digests: the same one has the same name. */
class Secrets {
    private readonly names = new Map<string, string>();

    name(digest: string, place: string): string {
        const known = this.names.get(digest);
        if (known !== undefined) return known;
        const plain = place
            .toUpperCase()
            .replace(/[^A-Z0-9]+/g, "_")
            .replace(/^(?=\d)|^$/, "SECRET_");
        const taken = new Set(this.names.values());
        let made = plain;
        for (let number = 2; taken.has(made); ++number) made = `${plain}_${number}`;
        this.names.set(digest, made);
        return made;
    }
}

/** A text between single quotes, in which nothing but the quote itself means anything (POSIX XCU 2.2.2). */
export function shellQuoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Splits a text at its credentials: plain parts at even places, digests at odd ones. */
function parts(text: string): string[] {
    const made: string[] = [];
    let from = 0;
    for (const match of text.matchAll(redacted)) {
        made.push(text.slice(from, match.index), match[0]);
        from = match.index + match[0].length;
    }
    return [...made, text.slice(from)];
}

/** What a credential in a text is called: the parameter or member before it, else what `place` says. */
function placeIn(before: string, place: string): string {
    return /(?:[?&]([\w.-]+)=|"([\w.-]+)"\s*:\s*")[^"&]*$/.exec(before.slice(-200))?.slice(1).find(Boolean) ?? place;
}

const variable = (name: string) => `"\${${name}:?}"`;

function word(text: string, place: string, secrets: Secrets): string {
    const all = parts(text);
    return all
        .map((part, at) =>
            at % 2 === 1
                ? variable(secrets.name(part, placeIn(all[at - 1] ?? "", place)))
                : part === "" && all.length > 1
                  ? ""
                  : shellQuoted(part),
        )
        .join("");
}

function plainText(bytes: Uint8Array): string | null {
    if (bytes.length > longestArgument) return null;
    try {
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
        // Control characters would be taken by the terminal that the command is pasted into.
        return /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(text) ? null : text;
    } catch {
        return null;
    }
}

/** "printf 'FORMAT' VALUES…" that writes just these bytes, also NUL (POSIX printf). */
export function printfOf(bytes: Uint8Array, place = "body"): string {
    return printfWith(bytes, place, new Secrets());
}

function printfWith(bytes: Uint8Array, place: string, secrets: Secrets): string {
    // Each byte as one character: credentials are ASCII.
    const chunks: string[] = [];
    for (let at = 0; at < bytes.length; at += 8192) chunks.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
    const all = parts(chunks.join(""));
    const values: string[] = [];
    const format = all.map((part, at) => {
        if (at % 2 === 1) {
            values.push(variable(secrets.name(part, placeIn(all[at - 1] ?? "", place))));
            return "%s";
        }
        return part.replace(/[^\n\x20-\x7e]|['\\%]/g, (one) =>
            one === "%" ? "%%" : `\\${one.charCodeAt(0).toString(8).padStart(3, "0")}`,
        );
    });
    return [`printf '${format.join("")}'`, ...values].join(" ");
}

function withoutControls(value: string): string {
    return value.replace(/[\u0000-\u0008\u000a-\u001f\u007f]/g, "");
}

function fieldOptions(request: RecordedRequest, secrets: Secrets): string[] {
    const options: string[] = [];
    for (const field of request.fields) {
        const name = field.name.toLowerCase();
        if (connectionFields.has(name) || (request.decoded && name === "content-encoding")) continue;
        const value = withoutControls(field.value);
        // curl takes "NAME:" as an order to leave that field out, and "NAME;" as one that is empty.
        options.push(
            `--header ${word(value === "" ? `${field.name};` : `${field.name}: ${value}`, field.name, secrets)}`,
        );
    }
    const has = (name: string) => request.fields.some((field) => field.name.toLowerCase() === name);
    if (request.body !== "none" && !has("content-type")) options.push("--header 'content-type:'");
    if (has("accept-encoding")) options.push("--compressed");
    return options;
}

export function curlCommand(request: RecordedRequest): string {
    const secrets = new Secrets();
    const options: string[] = [];
    const usual = request.body === "none" ? "GET" : "POST";
    if (request.method === "HEAD") options.push("--head");
    else if (request.method !== usual) options.push(`--request ${shellQuoted(request.method)}`);
    if (/[[\]{}]/.test(request.url)) options.push("--globoff");
    if (/\/\.\.?(\/|$|\?)/.test(request.url)) options.push("--path-as-is");
    options.push(`--url ${word(withoutControls(request.url), "key", secrets)}`);
    options.push(...fieldOptions(request, secrets));
    let before = "";
    if (request.body instanceof Uint8Array) {
        const text = plainText(request.body);
        if (text !== null) {
            options.push(`--data-raw ${word(text, "body", secrets)}`);
        } else {
            before = `${printfWith(request.body, "body", secrets)} |\n`;
            options.push("--data-binary @-");
        }
    } else if (request.body !== "none") {
        options.push(`--data-binary ${shellQuoted(`@${request.body.file}`)}`);
    }
    return `${before}curl ${options.join(" \\\n  ")}`;
}
