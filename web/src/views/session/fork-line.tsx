import { addresses } from "../../route";
import { forkKey } from "./outline-store";
import { useReader } from "./reader";
import type { Fork } from "./source";
import { Topic, useTold } from "./topic";

const silent = new Topic();

const causes: Record<string, string> = {
    retry: "The same request was sent again.",
    edit: "The last message was written anew.",
    continuation: "The conversation went on from here in another way.",
    client: "The client rewrote its history.",
};

/** Where other branches leave what is shown. */
export function ForkLine({ fork }: { fork: Fork }) {
    const { outline } = useReader();
    const head = useTold(outline?.changed ?? silent, () => outline?.head ?? null);
    return (
        <div role="group" class="fork" aria-label="Fork" data-key={forkKey(fork.node)} tabIndex={-1}>
            <span aria-hidden="true">↳</span>{" "}
            {fork.branches.length === 1
                ? "Another branch leaves here."
                : `${fork.branches.length} other branches leave here.`}{" "}
            {fork.cause !== null && <span class="muted">{causes[fork.cause]}</span>}
            <ul>
                {fork.branches.map((branch) => (
                    <li key={branch.hash}>
                        <a href={addresses.node(branch.hash)}>
                            <code>{branch.hash.slice(0, 12)}</code>
                        </a>{" "}
                        <span class="muted">
                            {branch.nodes} {branch.nodes === 1 ? "message" : "messages"}
                        </span>
                        {head !== null && (
                            <>
                                {" "}
                                <a href={addresses.compare("chains", branch.hash, head)}>Compare with this one</a>
                            </>
                        )}
                    </li>
                ))}
            </ul>
        </div>
    );
}
