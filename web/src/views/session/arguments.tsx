import { useEffect, useMemo, useState } from "preact/hooks";
import { send } from "../../api/client";
import { Code, languageOfFile } from "../../ui/code";
import { readJson, type JsonValue } from "../../format/json-text";
import { visibleLine } from "../../format/visible";
import { JsonTree } from "../../ui/json-tree";
import { DiffLines } from "./diff-lines";
import { editOf, type Edit } from "./edits";
import { lineDiff, patchLines } from "./line-diff";
import { LongText, blockAddress } from "./long-text";
import type { Block, Message } from "./source";

/** Arguments up to this size are loaded whole when they are opened. */
const mostWhole = 1 << 20;

/** What a tool was given: a change of files as a difference, a command as code, anything else as a tree. */
export function Arguments({ message, block }: { message: Message; block: Block }) {
    const address = blockAddress(message.hash, block.place);
    const cut = block.text_bytes > block.text.length && block.text_bytes > new TextEncoder().encode(block.text).length;
    const [text, setText] = useState(cut && block.text_bytes <= mostWhole ? null : block.text);
    useEffect(() => {
        if (text !== null) return;
        const stop = new AbortController();
        send(address, { signal: stop.signal })
            .then((answer) => answer.text())
            .then(setText)
            .catch(() => {
                if (!stop.signal.aborted) setText(block.text);
            });
        return () => stop.abort();
    }, []);
    const edit = useMemo(() => (text === null ? null : editOf(block.tool ?? "", parsed(text), text)), [text]);
    const value = useMemo(() => (text === null || edit !== null ? null : readJson(text)), [text, edit]);
    if (text === null) return <p class="muted">Loading…</p>;
    if (edit !== null) return <EditPart edit={edit} />;
    if (value === null || (value.kind !== "object" && value.kind !== "array")) {
        return (
            <LongText text={text} size={block.text_bytes} address={address} show={(shown) => <Code text={shown} />} />
        );
    }
    const [command, rest] = commandOf(value);
    return (
        <>
            {command !== null && (
                <LongText
                    text={command}
                    size={command.length}
                    address={null}
                    show={(shown) => <Code text={shown} language="bash" />}
                />
            )}
            {rest !== null && <JsonTree value={rest} label="Arguments" open={1} />}
        </>
    );
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

/** A command as one text. Codex gives words, of which the last is the script where they begin with `bash -lc`. */
function commandText(command: JsonValue): string | null {
    if (command.kind === "string") return command.text;
    if (command.kind !== "array") return null;
    const words = command.items.flatMap((one) => (one.kind === "string" ? [one.text] : []));
    if (words.length !== command.items.length || words.length === 0) return null;
    return words.length === 3 && /^-l?c$/.test(words[1] ?? "") ? (words[2] ?? "") : words.join(" ");
}

/** The command of a shell's arguments, and the other members. */
function commandOf(value: JsonValue): [string | null, JsonValue | null] {
    const command = value.kind === "object" ? value.members.find((one) => one.name === "command")?.value : undefined;
    const text = command === undefined ? null : commandText(command);
    if (value.kind !== "object" || text === null) return [null, value];
    const members = value.members.filter((one) => one.name !== "command");
    return [text, members.length > 0 ? { ...value, members } : null];
}

function EditPart({ edit }: { edit: Edit }) {
    const lines = useMemo(() => edit.pairs.map((pair) => lineDiff(pair.before, pair.after)), [edit]);
    const name = edit.file === "" ? "Change" : `Change of ${visibleLine(edit.file)}`;
    return (
        <>
            {edit.file !== "" && <p class="file-name">{visibleLine(edit.file)}</p>}
            {lines.map((one, index) => (
                <DiffLines key={index} lines={one} name={name} />
            ))}
            {edit.patch !== undefined && <DiffLines lines={patchLines(edit.patch)} name={name} />}
            {edit.content !== undefined && (
                <LongText
                    text={edit.content}
                    size={edit.content.length}
                    address={null}
                    show={(shown) => <Code text={shown} language={languageOfFile(edit.file)} />}
                />
            )}
        </>
    );
}
