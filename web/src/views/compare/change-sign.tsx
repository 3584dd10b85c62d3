import type { Schemas } from "../../api/client";

const signs = { same: "=", changed: "≠", removed: "−", added: "+" };

/** "+ added": the sign for the eye, the word for everybody. */
export function ChangeSign({ change }: { change: Schemas["change"] }) {
    return (
        <span class={`change-sign change-${change}`}>
            <span aria-hidden="true">{signs[change]}</span> {change}
        </span>
    );
}
