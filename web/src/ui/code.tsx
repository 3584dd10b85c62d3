import { memo } from "preact/compat";
import { useEffect, useRef } from "preact/hooks";
import { visible } from "../format/visible";

/** A longer text gets no colours: they would take longer than a frame. */
const longest = 100_000;

const waiting: (() => void)[] = [];
let scheduled = false;

/** Colours what waits, as long as the frame has time for it, and goes on in the next one. */
function work(): void {
    const end = performance.now() + 6;
    do {
        waiting.shift()?.();
    } while (waiting.length > 0 && performance.now() < end);
    scheduled = waiting.length > 0;
    if (scheduled) setTimeout(work, 0);
}

/** Colours the code in an element whose only content is text. Nothing happens where the language is not known. */
export function highlightInto(element: HTMLElement, language: string): void {
    if (language === "" || (element.textContent ?? "").length > longest) return;
    void import("./highlight").then(({ highlighted }) => {
        waiting.push(() => {
            if (!element.isConnected || element.childElementCount > 0) return;
            const made = highlighted(element.textContent ?? "", language);
            if (made !== null) element.replaceChildren(made);
        });
        if (!scheduled) {
            scheduled = true;
            setTimeout(work, 0);
        }
    });
}

/** A piece of code. Its colours come later; until then, and where there are none, it is plain. */
export const Code = memo(function Code({ text, language = "" }: { text: string; language?: string }) {
    const element = useRef<HTMLElement>(null);
    const shown = visible(text);
    useEffect(() => {
        const code = element.current;
        if (code === null) return;
        code.textContent = shown;
        highlightInto(code, language);
    }, [shown, language]);
    return (
        <pre class="code">
            <code ref={element} />
        </pre>
    );
});

const endings: Record<string, string> = {
    bash: "bash",
    c: "c",
    cc: "cpp",
    cpp: "cpp",
    cs: "csharp",
    css: "css",
    go: "go",
    h: "cpp",
    hpp: "cpp",
    html: "xml",
    ini: "ini",
    java: "java",
    js: "javascript",
    json: "json",
    jsx: "javascript",
    kt: "kotlin",
    lua: "lua",
    md: "markdown",
    mjs: "javascript",
    php: "php",
    py: "python",
    rb: "ruby",
    rs: "rust",
    sh: "bash",
    sql: "sql",
    svg: "xml",
    swift: "swift",
    toml: "ini",
    ts: "typescript",
    tsx: "typescript",
    xml: "xml",
    yaml: "yaml",
    yml: "yaml",
};

/** The language of a file by its name, or "". */
export function languageOfFile(name: string): string {
    const base = name.split(/[/\\]/).pop() ?? "";
    if (/^dockerfile/i.test(base)) return "dockerfile";
    if (/^makefile$/i.test(base)) return "makefile";
    const ending = /\.(\w+)$/.exec(base)?.[1]?.toLowerCase() ?? "";
    return Object.hasOwn(endings, ending) ? (endings[ending] ?? "") : "";
}
