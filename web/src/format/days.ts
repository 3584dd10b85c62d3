const dayMs = 86_400_000;

/** Whether a text is a day of the calendar: "2026-01-31". */
export function isDay(text: string | null | undefined): text is string {
    return (
        typeof text === "string" &&
        /^\d{4}-\d{2}-\d{2}$/.test(text) &&
        !Number.isNaN(Date.parse(text)) &&
        new Date(text).toISOString().startsWith(text)
    );
}

/** The day (UTC) that lies so many days after another one. */
export function dayAfter(day: string, days = 1): string {
    return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}

/** The day (UTC) that it is now. */
export function today(now = new Date()): string {
    return now.toISOString().slice(0, 10);
}

/** All days from the first to the last, both included; at most `most`, the last ones. */
export function daysBetween(first: string, last: string, most = 2000): string[] {
    const from = Date.parse(first);
    const to = Date.parse(last);
    if (Number.isNaN(from) || Number.isNaN(to)) return [];
    const days: string[] = [];
    for (let at = Math.max(from, to - (most - 1) * dayMs); at <= to; at += dayMs)
        days.push(new Date(at).toISOString().slice(0, 10));
    return days;
}
