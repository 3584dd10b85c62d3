import type { Schemas } from "../api/client";
import { markedPieces } from "../format/marks";
import { visible, visibleLine } from "../format/visible";
import { addresses } from "../route";
import { Time } from "./figures";

/** A hit, and the cursor of the page that it came with. */
export type PagedHit = Schemas["hit"] & { page: string };

export function hitName(hit: PagedHit | undefined): string {
    return hit ? `${hit.hash}.${hit.place}.${hit.part}` : "";
}

const partNames: Record<string, string> = {
    tool_arguments: "arguments",
    tool_results: "result",
    thinking: "thinking",
};

/** The lines around what was found, with it marked. */
export function Snippet({ snippet }: { snippet: Schemas["snippet"] }) {
    return (
        <>
            {snippet.more_before && "… "}
            {markedPieces(snippet.text, snippet.marks).map(({ text, marked }, index) =>
                marked ? <mark key={index}>{visible(text)}</mark> : visible(text),
            )}
            {snippet.more_behind && " …"}
        </>
    );
}

/** Where a hit stands in its session, else the node alone. */
function addressOfHit(hit: Schemas["hit"]): string {
    if (hit.session === null) return addresses.node(hit.hash, { at: `${hit.hash}.${hit.place}` });
    return addresses.session(hit.session, { thread: hit.thread, at: `${hit.hash}.${hit.place}` });
}

function Hit({ hit, chosen, onOpen }: { hit: PagedHit; chosen: boolean; onOpen: () => void }) {
    const part = [hit.tool === null ? null : visibleLine(hit.tool), partNames[hit.part] ?? null]
        .filter(Boolean)
        .join(" ");
    const facts = [
        part,
        hit.turn === null ? null : `turn ${hit.turn}`,
        hit.thread !== null && hit.thread > 1 ? `thread ${hit.thread}` : null,
        hit.model === null ? null : visibleLine(hit.model),
    ];
    return (
        <li class="hit" aria-current={chosen ? "true" : undefined}>
            <a data-main href={addressOfHit(hit)} onClick={onOpen}>
                <span class="hit-about">
                    <span
                        class={`hit-role role-${["user", "assistant", "tool"].includes(hit.role) ? hit.role : "system"}`}
                    >
                        {visibleLine(hit.role)}
                    </span>
                    {hit.error && <span class="bad"> error</span>}
                    <span class="muted">
                        {facts.filter(Boolean).map((fact) => (
                            <span key={fact}> · {fact}</span>
                        ))}
                        {" · "}
                        <Time at={hit.created_at} />
                    </span>
                </span>
                <span class={hit.part === "text" || hit.part === "thinking" ? "hit-snippet" : "hit-snippet mono"}>
                    <Snippet snippet={hit.snippet} />
                </span>
            </a>
        </li>
    );
}

interface HitGroupProps {
    hits: PagedHit[];
    /** The name of the chosen hit. */
    chosen: string | null;
    onOpen: (name: string) => void;
}

/** The hits of one session. */
export function HitGroup({ hits, chosen, onOpen }: HitGroupProps) {
    const first = hits[0];
    if (!first) return null;
    const title = visibleLine(first.session_title ?? "") || first.session || first.hash;
    return (
        <div role="group" class="hit-group" aria-label={`Hits in ${title}`}>
            <h2>
                {first.session === null ? title : <a href={addresses.session(first.session)}>{title}</a>}{" "}
                <span class="muted">
                    {[first.project, first.agent]
                        .filter((name) => name !== null)
                        .map(visibleLine)
                        .join(" · ")}
                </span>
            </h2>
            <ol>
                {hits.map((hit) => (
                    <Hit
                        key={hitName(hit)}
                        hit={hit}
                        chosen={hitName(hit) === chosen}
                        onOpen={() => onOpen(hitName(hit))}
                    />
                ))}
            </ol>
        </div>
    );
}
