import { useEffect, useId, useRef, useState } from "preact/hooks";
import { visibleLine } from "../format/visible";
import { navigate, usePlace } from "../route";
import { fieldType, filterText, withFilter, type Filter } from "./filter-list";

interface EditorProps {
    /** Filters to choose from; one: that one is changed. */
    choices: readonly Filter[];
    value: string;
    onSet: (name: string, value: string) => void;
    onCancel: () => void;
}

/** The names to suggest for a filter, once they have been asked for. */
function useSuggestions(filter: Filter | undefined): string[] {
    const [names, setNames] = useState<string[]>([]);
    useEffect(() => {
        setNames([]);
        if (!filter?.suggestions) return;
        const stop = new AbortController();
        // Without suggestions the field works as well.
        filter.suggestions(stop.signal).then(setNames, () => {});
        return () => stop.abort();
    }, [filter]);
    return names;
}

function Editor({ choices, value, onSet, onCancel }: EditorProps) {
    const [name, setName] = useState(choices[0]?.name ?? "");
    const filter = choices.find((choice) => choice.name === name);
    const names = useSuggestions(filter);
    const list = useId();
    const form = useRef<HTMLFormElement>(null);
    useEffect(() => {
        form.current?.querySelector<HTMLElement>("select, input")?.focus();
    }, []);
    if (!filter) return null;
    return (
        <form
            ref={form}
            class="filter-editor"
            aria-label={choices.length === 1 ? `Change the filter ${filter.label}` : "Add a filter"}
            onSubmit={(event) => {
                event.preventDefault();
                const field = event.currentTarget.elements.namedItem("value");
                const typed =
                    field instanceof HTMLInputElement || field instanceof HTMLSelectElement ? field.value.trim() : "";
                const text = filter.kind === "flag" ? "true" : typed;
                if (text !== "") onSet(filter.name, text);
            }}
            onKeyDown={(event) => {
                if (event.key !== "Escape") return;
                event.preventDefault();
                onCancel();
            }}
        >
            {choices.length > 1 && (
                <select aria-label="Filter by" value={name} onChange={(event) => setName(event.currentTarget.value)}>
                    {choices.map((choice) => (
                        <option key={choice.name} value={choice.name}>
                            {choice.label}
                        </option>
                    ))}
                </select>
            )}
            {filter.options && (
                <select key={filter.name} name="value" aria-label={filter.label} defaultValue={value}>
                    {filter.options.map((option) => (
                        <option key={option} selected={option === value}>
                            {option}
                        </option>
                    ))}
                </select>
            )}
            {filter.kind !== "flag" && !filter.options && (
                <input
                    key={filter.name}
                    name="value"
                    required
                    type={fieldType(filter, value)}
                    aria-label={filter.label}
                    defaultValue={value}
                    list={names.length > 0 ? list : undefined}
                    autocomplete="off"
                    spellcheck={false}
                />
            )}
            {names.length > 0 && (
                <datalist id={list}>
                    {names.map((known) => (
                        <option key={known} value={known} />
                    ))}
                </datalist>
            )}
            <button type="submit">{choices.length === 1 ? "Change" : "Add"}</button>
            <button type="button" class="quiet" onClick={onCancel}>
                Cancel
            </button>
        </form>
    );
}

interface ChipProps {
    filter: Filter;
    value: string;
    onEdit: () => void;
    onRemove: () => void;
}

function Chip({ filter, value, onEdit, onRemove }: ChipProps) {
    const text = visibleLine(filterText(filter, value));
    return (
        <li class="chip filter-chip">
            {filter.kind === "flag" ? (
                <span>{text}</span>
            ) : (
                <button type="button" class="quiet" aria-label={`Change the filter ${text}`} onClick={onEdit}>
                    {text}
                </button>
            )}
            <button type="button" class="quiet" aria-label={`Remove the filter ${text}`} onClick={onRemove}>
                ×
            </button>
        </li>
    );
}

export interface ChipsProps {
    filters: readonly Filter[];
    /** What is set, as pairs of a filter's name and its value. A name may stand there several times. */
    set: readonly (readonly [string, string])[];
    /** Sets a filter; with `index` it takes the place of the one that stands there. */
    onSet: (name: string, value: string, index?: number) => void;
    onRemove: (index: number) => void;
    /** Whether a filter may be set several times. */
    several?: boolean;
}

/** Filters as chips that can be changed and removed, and the control that adds one. */
export function FilterChips({ filters, set, onSet, onRemove, several = false }: ChipsProps) {
    const [edited, setEdited] = useState<number | "new" | null>(null);
    const add = useRef<HTMLButtonElement>(null);
    const close = () => {
        setEdited(null);
        // The focus was in the form, which goes away.
        setTimeout(() => add.current?.focus(), 0);
    };
    const free = filters.filter(
        ({ name, unoffered }) => !unoffered && (several || !set.some(([known]) => known === name)),
    );
    return (
        <div class="filters" role="group" aria-label="Filters">
            {set.length > 0 && (
                <ul class="filter-chips">
                    {set.map(([name, value], index) => {
                        const filter = filters.find((one) => one.name === name);
                        if (!filter) return null;
                        if (edited !== index) {
                            const remove = () => {
                                onRemove(index);
                                close();
                            };
                            return (
                                <Chip
                                    key={`${index} ${name} ${value}`}
                                    filter={filter}
                                    value={value}
                                    onEdit={() => setEdited(index)}
                                    onRemove={remove}
                                />
                            );
                        }
                        const change = (_: string, text: string) => {
                            onSet(name, text, index);
                            close();
                        };
                        return (
                            <li key={`${index} edited`}>
                                <Editor choices={[filter]} value={value} onSet={change} onCancel={close} />
                            </li>
                        );
                    })}
                </ul>
            )}
            {edited === "new" ? (
                <Editor
                    choices={free}
                    value=""
                    onSet={(name, value) => {
                        onSet(name, value);
                        close();
                    }}
                    onCancel={close}
                />
            ) : (
                free.length > 0 && (
                    <button ref={add} type="button" class="filter-add" onClick={() => setEdited("new")}>
                        Add filter
                    </button>
                )
            )}
        </div>
    );
}

/** Goes to the same view with other parameters, as a step of the history. */
export function goWith(query: URLSearchParams): void {
    const text = query.toString();
    navigate(location.pathname + (text === "" ? "" : `?${text}`));
}

/** Filters that are parameters of the address, each at most once. */
export function FilterBar({ filters }: { filters: readonly Filter[] }) {
    const { query } = usePlace();
    const set = filters.flatMap(({ name }): [string, string][] => {
        const value = query.get(name);
        return value === null || value === "" ? [] : [[name, value]];
    });
    return (
        <FilterChips
            filters={filters}
            set={set}
            onSet={(name, value) => goWith(withFilter(query, name, value))}
            onRemove={(index) => goWith(withFilter(query, set[index]?.[0] ?? "", null))}
        />
    );
}
