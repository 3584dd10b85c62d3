import { useEffect, useRef, useState } from "preact/hooks";
import { asProblem, get, type Schemas } from "../api/client";
import { visibleLine } from "../format/visible";

/** What can be exported. */
export type Exported = "session" | "chain" | "exchange";

interface Form {
    name: string;
    label: string;
    text: string;
    of: Exported[];
}

/** The forms that the page offers, as `tapes export --as` names them (docs/exports.md). */
export const exportForms: Form[] = [
    { name: "html", label: "HTML", text: "one file that proves itself", of: ["session", "chain", "exchange"] },
    { name: "markdown", label: "Markdown", text: "a transcript", of: ["session", "chain", "exchange"] },
    { name: "har", label: "HAR", text: "HTTP Archive 1.2", of: ["session", "exchange"] },
    { name: "otlp", label: "OpenTelemetry", text: "spans as OTLP JSON lines", of: ["session"] },
    { name: "openai-finetune", label: "Fine-tuning", text: "OpenAI's JSON lines", of: ["session"] },
    { name: "request", label: "Request", text: "to go on from here", of: ["chain", "exchange"] },
];

export function exportAddress(form: string, id: string, thread: number | null): string {
    const chosen = thread === null ? "" : `?thread=${thread}`;
    return `/v1/exports/${form}/${encodeURIComponent(id)}${chosen}`;
}

interface Written {
    form: string;
    report: Schemas["export_report"] | null;
    problem: string | null;
}

/** What became of the last export: what its form cannot express or hold, and which secrets were taken out. */
function Report({ written }: { written: Written }) {
    const { form, report, problem } = written;
    if (problem !== null) return <p class="bad">{visibleLine(problem)}</p>;
    if (report === null) return <p class="muted">Looking at what {form} leaves out…</p>;
    const redacted = report.redacted.reduce((sum, one) => sum + one.count, 0);
    return (
        <>
            <p>
                {report.left_out.length === 0 ? `${form} leaves nothing out` : `${form} leaves out:`}
                {report.left_out.length === 0 && (redacted === 0 ? "." : `; secrets taken out: ${redacted}.`)}
            </p>
            {report.left_out.length > 0 && (
                <ul>
                    {report.left_out.map((one) => (
                        <li key={one.thing}>{`${visibleLine(one.thing)}: ${one.count}`}</li>
                    ))}
                    {redacted > 0 && <li>{`secrets, which were taken out: ${redacted}`}</li>}
                </ul>
            )}
        </>
    );
}

/** Downloads a session, a chain or an exchange in another form, without the secrets in it. */
export function ExportMenu({ of, id, thread = null }: { of: Exported; id: string; thread?: number | null }) {
    const menu = useRef<HTMLDetailsElement>(null);
    const [written, setWritten] = useState<Written | null>(null);
    useEffect(() => setWritten(null), [of, id, thread]);
    const look = async (form: Form) => {
        const about = { form: form.label, report: null, problem: null };
        setWritten(about);
        const query = thread === null ? {} : { thread };
        const told = await get("/v1/exports/{form}/{id}/report", { path: { form: form.name, id }, query }).then(
            (report) => ({ ...about, report }),
            (error: unknown) => ({ ...about, problem: asProblem(error).detail }),
        );
        setWritten((now) => (now === about ? told : now));
    };
    useEffect(() => {
        const close = (event: Event) => {
            const open = menu.current;
            if (open?.open !== true) return;
            if (event instanceof KeyboardEvent) {
                if (event.key !== "Escape") return;
                open.open = false;
                open.querySelector("summary")?.focus();
            } else if (!open.contains(event.target as Node)) {
                open.open = false;
            }
        };
        document.addEventListener("click", close);
        document.addEventListener("keydown", close);
        return () => {
            document.removeEventListener("click", close);
            document.removeEventListener("keydown", close);
        };
    }, []);
    return (
        <details class="export-menu" ref={menu}>
            <summary>Export</summary>
            <div class="export-forms">
                <ul>
                    {exportForms
                        .filter((form) => form.of.includes(of))
                        .map((form) => (
                            <li key={form.name}>
                                <a href={exportAddress(form.name, id, thread)} download onClick={() => void look(form)}>
                                    {form.label}
                                </a>{" "}
                                <span class="muted">{form.text}</span>
                            </li>
                        ))}
                </ul>
                <div role="status">{written !== null && <Report written={written} />}</div>
                <p class="muted">Secrets in what was said are taken out; the file says which.</p>
            </div>
        </details>
    );
}
