import type { Schemas } from "../../api/client";
import { visible, visibleLine } from "../../format/visible";
import { CopyButton } from "../../ui/copy";
import { Nothing } from "../../ui/states";
import { Body } from "./body";

function headText(side: Schemas["side"]): string {
    return [side.line, ...side.fields.map((field) => `${field.name}: ${field.value}`)].join("\n");
}

/** A value of the head, in which credentials are seen as what is left of them. */
function FieldValue({ value }: { value: string }) {
    return (
        <>
            {value.split(/(redacted:[0-9a-f]{8})/).map((part, place) =>
                place % 2 === 1 ? (
                    <span
                        key={place}
                        class="redacted"
                        title="A credential, which is not in the record. The same one always has the same digits."
                    >
                        {part}
                    </span>
                ) : (
                    visible(part)
                ),
            )}
        </>
    );
}

/** The head and the body of a request or an answer. */
export function Message({
    side,
    name,
    file,
}: {
    side: Schemas["side"] | null;
    name: "request" | "answer";
    file: string;
}) {
    if (side === null)
        return <Nothing>The bytes of this exchange were not kept: see record.wire in the configuration.</Nothing>;
    return (
        <>
            <section aria-label={`Head of the ${name}`}>
                <div class="body-head">
                    <h3>
                        <code>{visibleLine(side.line)}</code>
                    </h3>
                    <CopyButton text={() => headText(side)} name={`the head of the ${name}`} />
                </div>
                <table class="head-fields">
                    <thead class="hidden-visually">
                        <tr>
                            <th scope="col">Field</th>
                            <th scope="col">Value</th>
                        </tr>
                    </thead>
                    <tbody>
                        {side.fields.map((field, at) => (
                            <tr key={at}>
                                <th scope="row">{visibleLine(field.name)}</th>
                                <td>
                                    <FieldValue value={field.value} />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </section>
            <Body side={side} label={`Body of the ${name}`} file={file} />
        </>
    );
}
