import type { Problem } from "../api/client";
import { visibleLine } from "../format/visible";

/** What a browser sees that may not read. */
export function Entrance({ problem }: { problem: Problem | null }) {
    return (
        <main class="entrance">
            <h1>tapes</h1>
            {problem && <p role="alert">{visibleLine(problem.detail)}</p>}
            <p>What is recorded here is shown only to those who may read the store. Open this page with</p>
            <pre>
                <code>tapes open</code>
            </pre>
            <p>
                on the machine on which tapes runs, as a user who may read its store. The address that it opens is good
                once, for thirty seconds.
            </p>
        </main>
    );
}
