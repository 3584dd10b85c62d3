import { useEffect, useRef } from "preact/hooks";

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

/** Downloads a session, a chain or an exchange in another form, without the secrets in it. */
export function ExportMenu({ of, id, thread = null }: { of: Exported; id: string; thread?: number | null }) {
    const menu = useRef<HTMLDetailsElement>(null);
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
                                <a
                                    href={exportAddress(form.name, id, thread)}
                                    download
                                    onClick={() => menu.current && (menu.current.open = false)}
                                >
                                    {form.label}
                                </a>{" "}
                                <span class="muted">{form.text}</span>
                            </li>
                        ))}
                </ul>
                <p class="muted">Secrets in what was said are taken out; the file says which.</p>
            </div>
        </details>
    );
}
