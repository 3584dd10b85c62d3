import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import kotlin from "highlight.js/lib/languages/kotlin";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import php from "highlight.js/lib/languages/php";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";

/** The colours of code: a chunk of its own, loaded with the first code that is shown. */

const languages = {
    bash,
    c,
    cpp,
    csharp,
    css,
    diff,
    dockerfile,
    go,
    ini,
    java,
    javascript,
    json,
    kotlin,
    lua,
    makefile,
    markdown,
    php,
    python,
    ruby,
    rust,
    sql,
    swift,
    typescript,
    xml,
    yaml,
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
hljs.registerAliases(["shell", "console", "zsh"], { languageName: "bash" });

interface Part {
    scope?: string;
    children: (string | Part)[];
}

function append(to: Node, parts: (string | Part)[]): void {
    for (const part of parts) {
        if (typeof part === "string") {
            to.appendChild(document.createTextNode(part));
            continue;
        }
        const element = document.createElement("span");
        if (part.scope) element.className = `code-${part.scope.replace(/[^\w]+/g, "-").split("-")[0]}`;
        append(element, part.children);
        to.appendChild(element);
    }
}

/** Code as elements with classes: of highlight.js' tree, so no HTML is made. Null where the language is not known. */
export function highlighted(text: string, language: string): DocumentFragment | null {
    if (!hljs.getLanguage(language)) return null;
    const { _emitter: emitter } = hljs.highlight(text, { language, ignoreIllegals: true });
    const made = document.createDocumentFragment();
    append(made, (emitter as unknown as { root: Part }).root.children);
    return made;
}
