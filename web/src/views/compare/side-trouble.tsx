import { Problem, get } from "../../api/client";
import { useLoad } from "../../api/load";
import { visibleLine } from "../../format/visible";
import { addressOf } from "../../route";
import { Trouble } from "../../ui/states";

export type Kind = "chains" | "exchanges" | "sessions";

function ask(kind: Kind, id: string, signal: AbortSignal): Promise<unknown> {
    if (kind === "sessions") return get("/v1/sessions/{id}", { path: { id } }, signal);
    if (kind === "exchanges") return get("/v1/exchanges/{id}", { path: { id } }, signal);
    return get("/v1/nodes/{hash}/tree", { path: { hash: id }, query: { limit: 1 } }, signal);
}

/** What is wrong with one side alone; null: nothing. */
async function troubleOf(kind: Kind, id: string, signal: AbortSignal): Promise<Problem | null> {
    try {
        await ask(kind, id, signal);
        return null;
    } catch (error) {
        if (error instanceof Problem) return error;
        throw error;
    }
}

const kindOfMeaning = { session: "sessions", exchange: "exchanges", node: "chains" } as const;

export interface SideProblemProps {
    name: "left" | "right";
    problem: Problem;
    /** The other side's ID. */
    other: string;
}

/** Names the side, and leads to what its ID may mean. */
export function SideProblem({ name, problem, other }: SideProblemProps) {
    return (
        <div class="state trouble" role="alert">
            <p>
                On the {name}: {visibleLine(problem.detail)}
            </p>
            {problem.candidates.length > 0 && (
                <ul>
                    {problem.candidates.map((candidate) => (
                        <li key={candidate.name}>
                            <a
                                href={addressOf(["compare"], {
                                    kind: kindOfMeaning[candidate.kind],
                                    left: name === "left" ? candidate.name : other,
                                    right: name === "left" ? other : candidate.name,
                                })}
                            >
                                {visibleLine(candidate.name)}
                            </a>{" "}
                            {visibleLine(candidate.about)}
                        </li>
                    ))}
                </ul>
            )}
        </div>
    );
}

export interface SideTroubleProps {
    kind: Kind;
    left: string;
    right: string;
    problem: Problem;
    retry: () => void;
}

/** A comparison that was refused: finds out which side is wrong, which the refusal itself does not say. */
export function SideTrouble({ kind, left, right, problem, retry }: SideTroubleProps) {
    const ofSides = useLoad(
        problem.status >= 400 && problem.status < 500 ? `${kind} ${left} ${right}` : null,
        async (signal) => ({
            left: await troubleOf(kind, left, signal),
            right: await troubleOf(kind, right, signal),
        }),
    );
    if (!ofSides.value?.left && !ofSides.value?.right)
        return ofSides.loading ? null : <Trouble problem={problem} retry={retry} />;
    return (
        <>
            {ofSides.value.left && <SideProblem name="left" problem={ofSides.value.left} other={right} />}
            {ofSides.value.right && <SideProblem name="right" problem={ofSides.value.right} other={left} />}
        </>
    );
}
