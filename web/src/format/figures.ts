import type { Schemas } from "../api/client";

/** Digits in groups of three. By hand: a browser takes 20 ms for the first of its own formats. */
function grouped(digits: string): string {
    return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** 1,234,567 */
export function count(value: number): string {
    return grouped(String(Math.round(value)));
}

/** 1234567 → "1.2M": three digits at most, for columns. */
export function short(value: number): string {
    for (const [size, letter] of [
        [1e9, "G"],
        [1e6, "M"],
        [1e3, "k"],
    ] as const) {
        if (value >= size * 0.9995) {
            const scaled = value / size;
            return `${scaled < 9.95 ? scaled.toFixed(1) : scaled.toFixed(0)}${letter}`;
        }
    }
    return String(Math.round(value));
}

/** Bytes by powers of 1024: "3.4 MiB". */
export function bytes(value: number): string {
    for (const [size, unit] of [
        [2 ** 30, "GiB"],
        [2 ** 20, "MiB"],
        [2 ** 10, "KiB"],
    ] as const) {
        if (value >= size * 0.9995) {
            const scaled = value / size;
            return `${scaled < 9.95 ? scaled.toFixed(1) : scaled.toFixed(0)} ${unit}`;
        }
    }
    return `${count(value)} B`;
}

export function percent(part: number, whole: number): string {
    return whole > 0 ? `${Math.round((100 * part) / whole)} %` : "–";
}

/** US dollars with the digits that matter: "$0.0031", "$1.24", "$1,240". */
export function dollars(usd: number): string {
    if (usd === 0) return "$0";
    const digits = usd >= 1000 ? 0 : usd >= 0.1 ? 2 : 4;
    if (usd > 0 && usd < 0.00005) return "<$0.0001";
    const [whole = "", part] = usd.toFixed(digits).split(".");
    return `$${grouped(whole)}${part === undefined ? "" : `.${part}`}`;
}

/** A cost as the commands write it: "–" where nothing has a price, "+" behind a sum that lacks some. */
export function cost(value: Schemas["cost"] | null): string {
    return value === null ? "–" : dollars(value.usd) + (value.partial ? "+" : "");
}

export function inputTokens(tokens: Schemas["tokens"]): number {
    return tokens.input + tokens.cache_read + tokens.cache_write;
}

export function allTokens(tokens: Schemas["tokens"]): number {
    return inputTokens(tokens) + tokens.output;
}
