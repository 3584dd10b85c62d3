/** What a list can be filtered by. Each filter is a parameter of the address, by the name that the read API gives it. */
export interface Filter {
    name: string;
    /** As the chip says it: "Project". */
    label: string;
    kind: "text" | "date" | "flag";
    /** All values that it may have. */
    options?: readonly string[];
    /** Not offered by "Add filter", but shown where it is set. */
    unoffered?: boolean;
    /** Names that the record has, for the field's list of suggestions. */
    suggestions?: (signal: AbortSignal) => Promise<string[]>;
}

/** Filters that the address sets, in the order of `filters`, as parameters of a question. */
export function filterParameters(filters: readonly Filter[], query: URLSearchParams): Record<string, string> {
    const set: Record<string, string> = {};
    for (const { name } of filters) {
        const value = query.get(name);
        if (value !== null && value !== "") set[name] = value;
    }
    return set;
}

/** The same parameters with one filter set to a value, or taken away with null. */
export function withFilter(query: URLSearchParams, name: string, value: string | null): URLSearchParams {
    const changed = new URLSearchParams(query);
    if (value === null || value === "") changed.delete(name);
    else changed.set(name, value);
    return changed;
}

/** The chip's text: "Project: web", and "With errors" for a flag. */
export function filterText(filter: Filter, value: string): string {
    if (filter.kind !== "flag") return `${filter.label}: ${value}`;
    return value === "false" ? `Not: ${filter.label}` : filter.label;
}

const tellsDate = /^\d{4}-\d{2}-\d{2}$/;

/** The type of field in which a value is changed. The API takes times with an hour, too, which a date field cannot hold. */
export function fieldType(filter: Filter, value: string): "date" | "text" {
    return filter.kind === "date" && (value === "" || tellsDate.test(value)) ? "date" : "text";
}
