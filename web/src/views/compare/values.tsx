import type { Schemas } from "../../api/client";
import { bytes, count } from "../../format/figures";
import { visibleLine } from "../../format/visible";
import { LongText } from "../../ui/long-text";
import { useShownForm } from "./options";
import { TextDifference } from "./text-difference";

type ValueDifference = Schemas["value_difference"];

function Value({ text, size, label }: { text: string | undefined; size: number | undefined; label: string }) {
    if (text === undefined) return null;
    const cut = size !== undefined && size > new TextEncoder().encode(text).length;
    return (
        <code>
            <LongText text={text} most={600} label={label} />
            {cut && ` … (${bytes(size)} in all)`}
        </code>
    );
}

function path(value: ValueDifference): string {
    return value.path === "" ? "(all of it)" : visibleLine(value.path);
}

function SideRow({ value }: { value: ValueDifference }) {
    if (value.text !== undefined) {
        return (
            <tr>
                <th scope="row">{path(value)}</th>
                <td colSpan={2} class="difference-nested">
                    <TextDifference pieces={value.text} morePieces={value.more_pieces} coarse={value.coarse} />
                </td>
            </tr>
        );
    }
    return (
        <tr>
            <th scope="row">{path(value)}</th>
            <td class={value.left === undefined ? "none" : "removed"}>
                {value.left !== undefined && <span class="difference-sign">− </span>}
                <Value text={value.left} size={value.left_bytes} label="value on the left" />
            </td>
            <td class={value.right === undefined ? "none" : "added"}>
                {value.right !== undefined && <span class="difference-sign">+ </span>}
                <Value text={value.right} size={value.right_bytes} label="value on the right" />
            </td>
        </tr>
    );
}

function UnifiedValue({ value }: { value: ValueDifference }) {
    return (
        <div class="difference-value">
            <p>
                <b>{path(value)}</b> <span class="muted">{value.change}</span>
            </p>
            {value.text !== undefined && (
                <TextDifference pieces={value.text} morePieces={value.more_pieces} coarse={value.coarse} />
            )}
            {value.left !== undefined && (
                <p class="removed">
                    <span class="difference-sign">− </span>
                    <Value text={value.left} size={value.left_bytes} label="value on the left" />
                </p>
            )}
            {value.right !== undefined && (
                <p class="added">
                    <span class="difference-sign">+ </span>
                    <Value text={value.right} size={value.right_bytes} label="value on the right" />
                </p>
            )}
        </div>
    );
}

/** Two JSON values: each place at which they differ, by its path (RFC 6901). */
export function Values({ values, more = 0 }: { values: readonly ValueDifference[]; more?: number | undefined }) {
    const form = useShownForm();
    return (
        <>
            {form === "side" ? (
                <table class="difference-values">
                    <thead>
                        <tr>
                            <th>Path</th>
                            <th>Left</th>
                            <th>Right</th>
                        </tr>
                    </thead>
                    <tbody>
                        {values.map((value) => (
                            <SideRow key={value.path} value={value} />
                        ))}
                    </tbody>
                </table>
            ) : (
                values.map((value) => <UnifiedValue key={value.path} value={value} />)
            )}
            {more > 0 && <p class="muted">{count(more)} more values differ and are not told.</p>}
        </>
    );
}
