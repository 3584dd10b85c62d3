import { count } from "../../format/figures";
import { addresses } from "../../route";
import { causes, type Cause } from "../tree/causes";
import { forkKey } from "./outline-store";
import { useReader } from "./reader";
import type { Fork } from "./source";
import { Topic, useTold } from "./topic";

const silent = new Topic();

/** What made a branch; nothing of the one that was there first. */
function MadeBy({ cause }: { cause: Cause | null }) {
    if (cause === null) return null;
    const { sign, word, meaning } = causes[cause];
    return (
        <span title={meaning}>
            <span aria-hidden="true">{sign}</span> {word}
        </span>
    );
}

/** Branches that are not listed, with the tree, which has them all. */
function MoreBranches({ fork }: { fork: Fork }) {
    const { session } = useReader().turns.source;
    if (fork.more_branches === 0) return null;
    return (
        <li>
            {count(fork.more_branches)} more, not shown here
            {session !== null && (
                <>
                    : <a href={addresses.sessionTree(session)}>the whole tree</a>
                </>
            )}
        </li>
    );
}

/** Where other branches leave what is shown. */
export function ForkLine({ fork }: { fork: Fork }) {
    const { outline } = useReader();
    const head = useTold(outline?.changed ?? silent, () => outline?.head ?? null);
    const others = fork.branches.length + fork.more_branches;
    return (
        <div role="group" class="fork" aria-label="Fork" data-key={forkKey(fork.node)} tabIndex={-1}>
            <span aria-hidden="true">↳</span>{" "}
            {others === 1 ? "Another branch leaves here." : `${count(others)} other branches leave here.`}{" "}
            {fork.here !== null && (
                <span class="muted">
                    This one: <MadeBy cause={fork.here} />
                </span>
            )}
            <ul>
                {fork.branches.map((branch) => (
                    <li key={branch.hash}>
                        <a href={addresses.node(branch.hash)}>
                            <code>{branch.hash.slice(0, 12)}</code>
                        </a>{" "}
                        <span class="muted">
                            {branch.nodes} {branch.nodes === 1 ? "message" : "messages"}{" "}
                            <MadeBy cause={branch.made_by} />
                        </span>
                        {head !== null && (
                            <>
                                {" "}
                                <a href={addresses.compare("chains", branch.hash, head)}>Compare with this one</a>
                            </>
                        )}
                    </li>
                ))}
                <MoreBranches fork={fork} />
            </ul>
        </div>
    );
}
