import type { ComponentChildren } from "preact";
import type { Problem } from "../api/client";
import { addressOf } from "../route";
import { visibleLine } from "../format/visible";

export function Loading({ text = "Loading…" }: { text?: string }) {
    return (
        <p class="state" role="status">
            <span class="spinner" aria-hidden="true" /> {text}
        </p>
    );
}

export function Nothing({ children }: { children: ComponentChildren }) {
    return <div class="state">{children}</div>;
}

const kinds: Record<string, string> = { session: "s", exchange: "x", node: "n" };

/** Says what the server refused; what an ambiguous name may mean are links. */
export function Trouble({ problem, retry }: { problem: Problem; retry?: (() => void) | undefined }) {
    return (
        <div class="state trouble" role="alert">
            <p>{visibleLine(problem.detail)}</p>
            {problem.candidates.length > 0 && (
                <ul>
                    {problem.candidates.map((candidate) => (
                        <li key={candidate.name}>
                            <a href={addressOf([kinds[candidate.kind] ?? "s", candidate.name])}>
                                {visibleLine(candidate.name)}
                            </a>{" "}
                            {visibleLine(candidate.about)}
                        </li>
                    ))}
                </ul>
            )}
            {retry && problem.status !== 404 && (
                <button type="button" onClick={retry}>
                    Try again
                </button>
            )}
        </div>
    );
}
