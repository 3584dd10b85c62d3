import { Problem, get, send, type Answer, type GetPath, type Parameters, type Schemas } from "../../api/client";
import { readSamples, type Samples } from "../../format/prometheus";

/** What a route tells, or null where this process has no such route: each kind of process has its own. */
export async function ifThere<P extends GetPath>(path: P, parameters: Parameters<P> = {}, signal?: AbortSignal): Promise<Answer<P> | null> {
    try {
        return await get(path, parameters, signal);
    } catch (error) {
        if (error instanceof Problem && (error.status === 404 || error.status === 405)) return null;
        throw error;
    }
}

/** Only a collector has this route, and the document of the types is that of a proxy. */
export async function readOrphans(signal: AbortSignal): Promise<Schemas["orphans"] | null> {
    try {
        return (await (await send("/v1/orphans", { signal })).json()) as Schemas["orphans"];
    } catch (error) {
        if (error instanceof Problem && (error.status === 404 || error.status === 405)) return null;
        throw error;
    }
}

export interface Readiness {
    ready: boolean;
    reasons: string[];
}

export async function readReadiness(signal: AbortSignal): Promise<Readiness> {
    // 503 says that it is not ready, and why: that is no problem of the request.
    const answer = await fetch("/readyz", { signal, credentials: "same-origin" });
    const value = (await answer.json()) as Partial<Readiness>;
    return { ready: value.ready === true, reasons: Array.isArray(value.reasons) ? value.reasons.map(String) : [] };
}

export async function readMetrics(signal: AbortSignal): Promise<Samples> {
    return readSamples(await (await send("/metrics", { signal })).text());
}
