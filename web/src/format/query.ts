/** A term of a query: words to be found, or a filter such as `role:user`. */
export interface Term {
    /** As it was typed, with its minus and quotes. */
    text: string;
    /** Of a filter its name, with the minus that negates it: "role", "-role". Of words null. */
    filter: string | null;
    value: string;
}

/** Filters that a query may have, as src/read/search/search_query.cpp reads them. */
export const queryFilters = [
    "model",
    "provider",
    "agent",
    "project",
    "role",
    "tool",
    "session",
    "since",
    "until",
    "error",
    "is",
] as const;

const space = /[ \t\r\n\f\v]+/y;
/** A phrase, which may lack its end, or a filter with a phrase as its value, or all up to the next space. */
const term = /(-(?!-)(?=[^]))?(?:"[^"]*(?:"|$)\*?|(\w+):(?:"([^"]*)(?:"|$)|([^ \t\r\n\f\v]+))|[^ \t\r\n\f\v]+)/y;

function isFilter(name: string): boolean {
    return (queryFilters as readonly string[]).includes(name);
}

/** Reads what was typed, term by term. What is no filter is words, whatever colons it has. */
export function readQuery(typed: string): Term[] {
    const terms: Term[] = [];
    let at = 0;
    while (at < typed.length) {
        space.lastIndex = at;
        if (space.test(typed)) at = space.lastIndex;
        term.lastIndex = at;
        const found = term.exec(typed);
        if (!found) break;
        const [text, minus, name, quoted, plain] = found;
        const value = quoted ?? plain ?? "";
        const named = name !== undefined && isFilter(name) && value !== "";
        // A phrase behind a name that is no filter begins a term of its own.
        const whole = !named && quoted !== undefined ? (typed.slice(at).match(/^[^ \t\r\n\f\v]+/)?.[0] ?? text) : text;
        terms.push(
            named
                ? { text: whole, filter: `${minus ?? ""}${name}`, value }
                : { text: whole, filter: null, value: whole },
        );
        at += whole.length;
    }
    return terms;
}

/** A filter as it is typed. A value cannot hold a quotation mark. */
export function filterTerm(filter: string, value: string): Term {
    const bare = value.replaceAll('"', "");
    const quoted = /[ \t\r\n\f\v]/.test(bare) ? `"${bare}"` : bare;
    return { text: `${filter}:${quoted}`, filter, value: bare };
}

export function queryText(terms: readonly Term[]): string {
    return terms.map(({ text }) => text).join(" ");
}
