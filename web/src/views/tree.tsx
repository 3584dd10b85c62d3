import { useGet } from "../api/load";
import { count } from "../format/figures";
import { visibleLine } from "../format/visible";
import { addresses, useParameter } from "../route";
import { IdChip } from "../ui/copy";
import { Loading, Nothing, Trouble } from "../ui/states";
import { useTitle } from "../ui/title";
import { causes } from "./tree/causes";
import { ComparisonBar, useChoice } from "./tree/comparison";
import { TreeGrid } from "./tree/grid";
import { useTree, type Tree } from "./tree/source";
import type { ViewProps } from "./view";

function Legend({ named }: { named: boolean }) {
    return (
        <details class="tree-legend">
            <summary>Signs</summary>
            <ul>
                <li>● leads to the {named ? "node that was asked for" : "newest answer"}; ○ another branch</li>
                <li>■ a thread; where its line is broken, a call began it</li>
                {Object.values(causes).map(({ sign, word, meaning }) => (
                    <li key={word}>
                        {sign} {word}: {meaning}
                    </li>
                ))}
            </ul>
        </details>
    );
}

function Size({ tree }: { tree: Tree }) {
    const { entries, branches } = tree.lanes;
    return (
        <span class="muted">
            {count(branches)} {branches === 1 ? "branch" : "branches"}
            {entries.length > branches &&
                `, ${count(entries.length - branches)} ${entries.length - branches === 1 ? "thread" : "threads"}`}
            {tree.more && " so far; more as you scroll"}
        </span>
    );
}

function Shown({ tree, session, named }: { tree: Tree; session: string | null; named: string | null }) {
    const choice = useChoice();
    const { entries } = tree.lanes;
    if (entries.length === 0) {
        if (tree.problem) return <Trouble problem={tree.problem} retry={tree.reload} />;
        if (tree.loading) return <Loading />;
        return <Nothing>No exchange of this session gave a turn, so there is no tree of it.</Nothing>;
    }
    return (
        <>
            <div class="tree-tools">
                <Size tree={tree} />
                <Legend named={named !== null} />
                {tree.grown && (
                    <button type="button" onClick={tree.reload}>
                        More was recorded: draw anew
                    </button>
                )}
            </div>
            <TreeGrid tree={tree} choice={choice} session={session} named={named} />
            {tree.problem ? (
                <Trouble problem={tree.problem} retry={tree.reload} />
            ) : (
                tree.loading && <Loading text="Loading more branches…" />
            )}
            <ComparisonBar choice={choice} lanes={tree.lanes} />
        </>
    );
}

function SessionTree({ session }: { session: string }) {
    const [thread] = useParameter("thread");
    const number = thread !== null && /^[1-9]\d{0,8}$/.test(thread) ? Number(thread) : null;
    const tree = useTree({ session, thread: number });
    const about = useGet("/v1/sessions/{id}", { path: { id: session } });
    const title = visibleLine(about.value?.title || session);
    useTitle(`Tree: ${title}`);
    return (
        <>
            <header class="tree-header">
                <h1>Tree</h1>
                <p>
                    {number !== null && <>thread {number} of </>}
                    <a href={addresses.session(session)}>{title}</a>
                    {number !== null && (
                        <>
                            {" "}
                            · <a href={addresses.sessionTree(session)}>all threads</a>
                        </>
                    )}
                </p>
            </header>
            <Shown tree={tree} session={session} named={null} />
        </>
    );
}

function NodeTree({ hash }: { hash: string }) {
    const tree = useTree({ node: hash });
    useTitle(`Tree of ${hash.slice(0, 12)}`);
    return (
        <>
            <header class="tree-header">
                <h1>Tree</h1>
                <p>
                    everything with the root of node <IdChip id={hash} name="the hash" address={addresses.node(hash)} />
                </p>
            </header>
            <Shown tree={tree} session={null} named={hash} />
        </>
    );
}

/** The forks of a root, or of the threads of a session. */
export default function TreeView({ place }: ViewProps) {
    const [first, id = ""] = place.path;
    return first === "n" ? <NodeTree key={id} hash={id} /> : <SessionTree key={id} session={id} />;
}
