import { addresses, addressOf, navigate } from "../route";
import { useKeys } from "../ui/keys";
import { useTitle } from "../ui/title";
import { Chains } from "./compare/chains";
import { Choice } from "./compare/choice";
import { Exchanges } from "./compare/exchanges";
import { Meant } from "./compare/meant";
import { FormContext, useForm, useUnit, type Unit } from "./compare/options";
import { Sessions } from "./compare/sessions";
import type { Kind } from "./compare/side-trouble";
import type { ViewProps } from "./view";

const names: Record<Kind, string> = { chains: "Two chains", exchanges: "Two exchanges", sessions: "Two sessions" };

function kindOf(text: string | null): Kind | null {
    return text === "chains" || text === "exchanges" || text === "sessions" ? text : null;
}

function Options({ kind, left, right }: { kind: Kind | null; left: string; right: string }) {
    const [unit, setUnit] = useUnit();
    const { form, narrow, setForm } = useForm();
    const swapped =
        kind === null ? addressOf(["compare"], { left: right, right: left }) : addresses.compare(kind, right, left);
    useKeys("Compare", [
        { keys: "u", text: "Compare by words or by lines", run: () => setUnit(unit === "words" ? "lines" : "words") },
        {
            keys: "v",
            text: "Beside each other or in one column",
            run: () => setForm(form === "side" ? "unified" : "side"),
        },
        { keys: "s", text: "Change the sides over", run: () => navigate(swapped) },
    ]);
    return (
        <p class="comparison-options">
            <label>
                Compare by{" "}
                <select value={unit} onChange={(event) => setUnit(event.currentTarget.value as Unit)}>
                    <option value="words">words</option>
                    <option value="lines">lines</option>
                </select>
            </label>
            {!narrow && (
                <label>
                    Show{" "}
                    <select
                        value={form}
                        onChange={(event) => setForm(event.currentTarget.value === "unified" ? "unified" : "side")}
                    >
                        <option value="side">beside each other</option>
                        <option value="unified">in one column</option>
                    </select>
                </label>
            )}
            <a href={swapped}>Change the sides over</a>{" "}
            <a href={addressOf(["compare"], { left, right, choose: 1 })}>Choose others</a>
        </p>
    );
}

/** Two chains, exchanges or sessions side by side. */
export default function CompareView({ place }: ViewProps) {
    const { query } = place;
    const kind = kindOf(query.get("kind"));
    const left = query.get("left") ?? "";
    const right = query.get("right") ?? "";
    const [unit] = useUnit();
    const { form } = useForm();
    const chosen = left !== "" && right !== "" && !query.has("choose");
    useTitle(chosen && kind ? `${names[kind]} compared` : "Compare");
    const sides = { key: `${kind} ${left} ${right}`, left, right, unit };
    return (
        <FormContext.Provider value={form}>
            <h1>{chosen && kind ? `${names[kind]} compared` : "Compare"}</h1>
            {!chosen && <Choice key={left + right} left={left} right={right} />}
            {chosen && <Options kind={kind} left={left} right={right} />}
            {chosen && kind === null && <Meant {...sides} />}
            {chosen && kind === "chains" && <Chains {...sides} />}
            {chosen && kind === "exchanges" && <Exchanges {...sides} />}
            {chosen && kind === "sessions" && <Sessions {...sides} />}
        </FormContext.Provider>
    );
}
