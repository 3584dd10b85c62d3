import { dayAfter, isDay, today } from "../format/days";
import { addressOf } from "../route";
import { goWith } from "./filters";
import { withFilter } from "./filter-list";

const spans = [
    [1, "Today"],
    [7, "7 days"],
    [30, "30 days"],
    [90, "90 days"],
    [null, "All"],
] as const;

/** The range of days that a view is about, as `since` and `until` of the address; both are whole days in UTC. */
export function DateRange({ path, query }: { path: string[]; query: URLSearchParams }) {
    const since = query.get("since") ?? "";
    const until = query.get("until") ?? "";
    const now = today();
    const addressFor = (days: number | null) => {
        const changed = withFilter(
            withFilter(query, "since", days === null ? null : dayAfter(now, 1 - days)),
            "until",
            null,
        );
        return addressOf(path, Object.fromEntries(changed));
    };
    const isShown = (days: number | null) => until === "" && since === (days === null ? "" : dayAfter(now, 1 - days));
    const field = (name: "since" | "until", label: string, value: string) => (
        <label>
            {label}{" "}
            <input
                type="date"
                value={isDay(value) ? value : ""}
                onChange={(event) => goWith(withFilter(query, name, event.currentTarget.value))}
            />
        </label>
    );
    return (
        <div class="date-range" role="group" aria-label="Days, in UTC">
            {spans.map(([days, words]) => (
                <a key={words} href={addressFor(days)} aria-current={isShown(days) ? "true" : undefined}>
                    {words}
                </a>
            ))}
            {field("since", "from", since)}
            {field("until", "to", until)}
        </div>
    );
}
