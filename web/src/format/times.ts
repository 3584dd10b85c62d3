/** Made when it is used: the first of them takes a browser 20 ms (main.tsx says when that is). */
function lazy(options: Intl.DateTimeFormatOptions): (time: Date) => string {
    let made: Intl.DateTimeFormat | null = null;
    return (time) => (made ??= new Intl.DateTimeFormat(undefined, options)).format(time);
}
const moment = lazy({ dateStyle: "medium", timeStyle: "medium" });
const day = lazy({ month: "short", day: "numeric" });
const dayWithYear = lazy({ year: "numeric", month: "short", day: "numeric" });
const hour = lazy({ hour: "2-digit", minute: "2-digit" });

/** A time of the record (RFC 3339) in full, in the reader's own zone. */
export function fullTime(text: string): string {
    const time = new Date(text);
    return Number.isNaN(time.getTime()) ? text : moment(time);
}

/** A time as short as a column needs it: today's hour, this year's day, else with the year. */
export function shortTime(text: string, now = new Date()): string {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) return text;
    if (time.toDateString() === now.toDateString()) return hour(time);
    if (time.getFullYear() === now.getFullYear()) return `${day(time)} ${hour(time)}`;
    return dayWithYear(time);
}

/** Milliseconds as a person says them: "840 ms", "3.2 s", "4 min 05 s", "2 h 10 min". */
export function duration(ms: number): string {
    if (ms < 999.5) return `${Math.round(ms)} ms`;
    if (ms < 59_500) return `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)} s`;
    const seconds = Math.round(ms / 1000);
    const two = (value: number) => String(value).padStart(2, "0");
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
    if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
    return `${Math.round(seconds / 86_400)} days`;
}

/** The time between two times of the record, or null where one is not known. */
export function between(from: string | null, to: string | null): number | null {
    if (from === null || to === null) return null;
    const ms = new Date(to).getTime() - new Date(from).getTime();
    return Number.isNaN(ms) ? null : Math.max(0, ms);
}
