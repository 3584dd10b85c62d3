import DOMPurify from "dompurify";
import MarkdownIt, { type Token } from "markdown-it";
import type { TrustedHTML } from "trusted-types/lib";
import { memo } from "preact/compat";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { visible, visibleLine } from "../format/visible";
import { highlightInto } from "./code";
import { admittedAddress, linkRelation } from "./record-link";

/**
 * Markdown of the record. The only place of the page that makes HTML: markdown-it admits none of the text's own, and
 * DOMPurify admits nothing but the elements below, as the only policy of trusted types.
 */

/** So deep lists and quotes are read; a text that goes deeper is shown as it is. */
const deepest = 40;
/** A longer text is shown as it is, too. */
const longest = 100_000;

const parser = new MarkdownIt({ html: false, linkify: false, typographer: false, breaks: false, maxNesting: deepest });
const { escapeHtml } = parser.utils;
const shown = (text: string) => escapeHtml(visible(text));

parser.validateLink = (address) => admittedAddress(address) !== null;
// Entities of the text become characters only while it is parsed, so what is hidden is shown here.
parser.renderer.rules["text"] = (tokens, at) => shown(tokens[at]?.content ?? "");
parser.renderer.rules["code_inline"] = (tokens, at) => `<code>${shown(tokens[at]?.content ?? "")}</code>`;
parser.renderer.rules["code_block"] = (tokens, at) => `<pre><code>${shown(tokens[at]?.content ?? "")}</code></pre>`;
parser.renderer.rules["fence"] = (tokens, at) => {
    const language = /^[\w+#-]{1,20}/.exec(tokens[at]?.info.trim() ?? "")?.[0] ?? "";
    return `<pre><code${language === "" ? "" : ` class="language-${escapeHtml(language.toLowerCase())}"`}>${shown(tokens[at]?.content ?? "")}</code></pre>`;
};
// Images would be loaded from elsewhere: their address is shown instead.
parser.renderer.rules["image"] = (tokens, at) => {
    const token = tokens[at];
    return `<span class="picture-address">[image${token?.content ? `: ${shown(token.content)}` : ""}] ${shown(String(token?.attrGet("src") ?? ""))}</span>`;
};
parser.renderer.rules["link_open"] = (tokens, at) => {
    const address = String(tokens[at]?.attrGet("href") ?? "");
    return `<a href="${escapeHtml(address)}" title="${escapeHtml(visibleLine(address))}" rel="${linkRelation}" target="_blank">`;
};
/** The heading of a message, below which those of its text stand. */
const messageHeading = 3;

/** Gives the headings of a text levels that leave none out (WCAG 2.2, 1.3.1): who listens jumps from one to the next. */
function levelHeadings(tokens: Token[]): void {
    let before = messageHeading;
    for (const token of tokens) {
        if (token.type !== "heading_open" && token.type !== "heading_close") continue;
        const level = Number(token.tag.slice(1));
        if (token.type === "heading_open") {
            before = Math.min(level + messageHeading, before + 1, 6);
            token.attrSet("class", `level-${level}`);
        }
        token.tag = `h${before}`;
    }
}

for (const rule of ["th_open", "td_open"] as const) {
    parser.renderer.rules[rule] = (tokens, at) => {
        const aligned = /text-align:(\w+)/.exec(String(tokens[at]?.attrGet("style") ?? ""))?.[1];
        return `<${rule.slice(0, 2)}${aligned ? ` class="align-${aligned}"` : ""}>`;
    };
}

const admitted = {
    ALLOWED_TAGS: "a blockquote br code em h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul".split(
        " ",
    ),
    ALLOWED_ATTR: ["class", "href", "rel", "start", "target", "title"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_TRUSTED_TYPE: true as const,
};

/** The HTML of a text; null where it is better shown as it is. */
function htmlOf(text: string): TrustedHTML | null {
    if (text.length > longest) return null;
    const environment = {};
    const tokens = parser.parse(visible(text), environment);
    // Behind this depth markdown-it leaves text out.
    if (tokens.some((token) => token.level >= deepest - 1)) return null;
    levelHeadings(tokens);
    return DOMPurify.sanitize(parser.renderer.render(tokens, parser.options, environment), admitted);
}

export const Markdown = memo(function Markdown({ text }: { text: string }) {
    const html = useMemo(() => htmlOf(text), [text]);
    const element = useRef<HTMLDivElement>(null);
    useEffect(() => {
        for (const code of element.current?.querySelectorAll<HTMLElement>('pre > code[class^="language-"]') ?? []) {
            highlightInto(code, code.className.slice("language-".length));
        }
    }, [html]);
    if (html === null) return <pre class="text">{visible(text)}</pre>;
    // Preact hands the value on as it is: TrustedHTML is what the browser asks for.
    return <div class="markdown" ref={element} dangerouslySetInnerHTML={{ __html: html as unknown as string }} />;
});
