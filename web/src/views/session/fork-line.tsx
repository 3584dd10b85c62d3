import { addresses } from "../../route";
import type { Fork } from "./source";

const causes: Record<string, string> = {
    retry: "The same request was sent again.",
    edit: "The last message was written anew.",
    continuation: "The answer was gone on from in another way.",
    client: "The client rewrote its history.",
};

/** Where other branches leave what is shown. */
export function ForkLine({ fork }: { fork: Fork }) {
    return (
        <section class="fork" aria-label="Fork">
            <span class="fork-sign" aria-hidden="true">
                ↳
            </span>{" "}
            {fork.branches.length === 1 ? "Another branch leaves here." : `${fork.branches.length} other branches leave here.`}{" "}
            {fork.cause !== null && <span class="muted">{causes[fork.cause]}</span>}
            <ul>
                {fork.branches.map((branch) => (
                    <li key={branch.hash}>
                        <a href={addresses.node(branch.hash)}>{branch.hash.slice(0, 12)}</a>{" "}
                        <span class="muted">
                            {branch.nodes} {branch.nodes === 1 ? "message" : "messages"}
                        </span>
                    </li>
                ))}
            </ul>
        </section>
    );
}
