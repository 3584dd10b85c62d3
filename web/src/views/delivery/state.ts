import { get, send, type Answer, type GetPath, type Parameters, type Schemas } from "../../api/client";
import { readSamples, type Samples } from "../../format/prometheus";

/** The paths that this process answers: a proxy, a collector and a reader alone have different ones. */
export async function readRoutes(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const document = (await (await send("/openapi.json", { signal })).json()) as { paths?: Record<string, unknown> };
    return new Set(Object.keys(document.paths ?? {}));
}

/** What a route tells, or null where this process has no such route. */
export async function ifThere<P extends GetPath>(
    routes: ReadonlySet<string>,
    path: P,
    parameters: Parameters<P>,
    signal: AbortSignal,
): Promise<Answer<P> | null> {
    return routes.has(path) ? await get(path, parameters, signal) : null;
}

/** Only a collector has this route, and the document of the types is that of a proxy. */
export async function readOrphans(
    routes: ReadonlySet<string>,
    signal: AbortSignal,
): Promise<Schemas["orphans"] | null> {
    return routes.has("/v1/orphans")
        ? ((await (await send("/v1/orphans", { signal })).json()) as Schemas["orphans"])
        : null;
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
