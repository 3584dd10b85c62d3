import { useEffect } from "preact/hooks";
import { Problem, get } from "../../api/client";
import { useLoad } from "../../api/load";
import { meaningsOf, type Meaning } from "../../api/meaning";
import { addresses, navigate } from "../../route";
import { announce } from "../../ui/announce";
import { Loading, Trouble } from "../../ui/states";
import { SideProblem } from "./side-trouble";

const kindOf = { session: "sessions", exchange: "exchanges", node: "chains" } as const;

/** The last node of what an ID means: what its chain is compared by. */
async function headOf(meaning: Meaning, signal: AbortSignal): Promise<string> {
    if (meaning.kind === "node") return meaning.name;
    if (meaning.kind === "exchange") {
        const { head } = await get("/v1/exchanges/{id}", { path: { id: meaning.name } }, signal);
        if (head === null) throw new Problem(404, `exchange ${meaning.name} gave no turn, so it has no chain`);
        return head;
    }
    const { threads } = await get(
        "/v1/differences/sessions",
        { query: { left: meaning.name, right: meaning.name } },
        signal,
    );
    const mains = threads.flatMap(({ left }) => (left?.kind === "main" ? [left] : []));
    const newest = mains.reduce(
        (one, other) => ((other.last_at ?? "") > (one.last_at ?? "") ? other : one),
        mains[0] ?? (threads[0]?.left as (typeof mains)[0]),
    );
    if (!newest) throw new Problem(404, `session ${meaning.name} has no turn, so it has no chain`);
    return String(newest.head);
}

interface SideMeaning {
    meaning: Meaning | null;
    problem: Problem | null;
}

async function sideOf(id: string, signal: AbortSignal): Promise<SideMeaning> {
    const found = await meaningsOf(id, signal);
    const [meaning] = found;
    if (found.length === 1 && meaning) return { meaning, problem: null };
    const candidates = found.map(({ kind, name, about }) => ({ kind, name, about, at: null }));
    const detail = found.length === 0 ? `nothing is named "${id}"` : `there are several things that "${id}" may mean`;
    return { meaning: null, problem: new Problem(found.length === 0 ? 404 : 409, detail, candidates) };
}

interface Found {
    left: SideMeaning;
    right: SideMeaning;
    address: string | null;
    mixed: boolean;
}

async function find(left: string, right: string, signal: AbortSignal): Promise<Found> {
    const [one, other] = await Promise.all([sideOf(left, signal), sideOf(right, signal)]);
    if (!one.meaning || !other.meaning) return { left: one, right: other, address: null, mixed: false };
    const mixed = one.meaning.kind !== other.meaning.kind;
    const address = mixed
        ? addresses.compare("chains", await headOf(one.meaning, signal), await headOf(other.meaning, signal))
        : addresses.compare(kindOf[one.meaning.kind], one.meaning.name, other.meaning.name);
    return { left: one, right: other, address, mixed };
}

/** Finds out what two IDs mean, and goes on to their comparison; of things of two kinds the chains are compared. */
export function Meant({ left, right }: { left: string; right: string }) {
    const { value, problem, reload } = useLoad(`${left} ${right}`, (signal) => find(left, right, signal));
    useEffect(() => {
        if (!value?.address) return;
        if (value.mixed)
            announce(
                `These are a ${value.left.meaning?.kind} and a ${value.right.meaning?.kind}: their chains are compared.`,
            );
        navigate(value.address, { replace: true });
    }, [value]);
    if (problem) return <Trouble problem={problem} retry={reload} />;
    if (value === null || value.address !== null) return <Loading text="Finding out what these are…" />;
    return (
        <>
            {value.left.problem && <SideProblem name="left" problem={value.left.problem} other={right} />}
            {value.right.problem && <SideProblem name="right" problem={value.right.problem} other={left} />}
        </>
    );
}
