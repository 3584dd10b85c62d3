import type { Schemas } from "../../api/client";
import { preciseBetween } from "../../format/precise";

export type ExchangeWithHeads = Schemas["exchange_with_heads"];

/** "POST /v1/messages"; an answer on a WebSocket has the method of its handshake. */
export function requestLine(exchange: { method: string | null; path: string | null; api: string | null }): string {
    const method = exchange.method === "GET" && exchange.api !== null ? "WEBSOCKET" : (exchange.method ?? "");
    return `${method} ${exchange.path ?? ""}`.trim();
}

/** Milliseconds of an exchange from its start to when it was committed, or as far as it came. */
export function wholeTime(exchange: ExchangeWithHeads): number {
    const times = [exchange.sent_at, exchange.first_byte_at, exchange.ended_at, exchange.committed_at].map(
        (at) => preciseBetween(exchange.started_at, at) ?? 0,
    );
    return Math.max(...times, 0.001);
}

export interface PieceSums {
    /** Pieces by their place in time, in milliseconds, so many at most. */
    bins: { at: number; bytes: number; pieces: number }[];
    count: number;
    longestPause: number;
    pauseAt: number;
}

/** Puts pieces of an answer together that no screen can show apart. */
export function sumPieces(pieces: readonly (readonly number[])[], whole: number, most = 240): PieceSums {
    const bins: PieceSums["bins"] = [];
    let last: number | null = null;
    let longestPause = 0;
    let pauseAt = 0;
    for (const [us = 0, bytes = 0] of pieces) {
        const at = us / 1000;
        if (last !== null && at - last > longestPause) {
            longestPause = at - last;
            pauseAt = last;
        }
        last = at;
        const bin = bins[bins.length - 1];
        if (bin && at - bin.at < whole / most) {
            bin.bytes += bytes;
            ++bin.pieces;
        } else {
            bins.push({ at, bytes, pieces: 1 });
        }
    }
    return { bins, count: pieces.length, longestPause, pauseAt };
}
