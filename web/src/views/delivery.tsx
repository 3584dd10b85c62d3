import { useState } from "preact/hooks";
import { useLoad } from "../api/load";
import { usePlace } from "../route";
import { useEvery } from "../ui/every";
import { useKeys } from "../ui/keys";
import { Loading, Trouble } from "../ui/states";
import { useTitle } from "../ui/title";
import { Cursors } from "./delivery/cursors";
import { Health } from "./delivery/health";
import { filterOf } from "./delivery/letter-filter";
import { Letters } from "./delivery/letters";
import { Orphans } from "./delivery/orphans";
import { Replays } from "./delivery/replays";
import { ifThere, readMetrics, readOrphans, readReadiness, readRoutes } from "./delivery/state";

const everyMs = 4000;
const lettersAtOnce = 200;
const mostLetters = 10_000;
const none: ReadonlySet<string> = new Set();

/** What becomes of the record: who publishes it, what could not be delivered, and how the store is. */
export default function DeliveryView() {
    useTitle("Delivery");
    const { query } = usePlace();
    const filter = filterOf(query);
    const [limit, setLimit] = useState(lettersAtOnce);
    const routes = useLoad("routes", readRoutes);
    const known = routes.value;
    const health = useLoad(known && "health", async (signal) => {
        const [readiness, samples, cursors] = await Promise.all([
            readReadiness(signal),
            readMetrics(signal),
            ifThere(known ?? none, "/v1/cursors", {}, signal),
        ]);
        return { readiness, samples, cursors };
    });
    const rest = useLoad(known && "replays", async (signal) => {
        const [replays, orphans] = await Promise.all([
            ifThere(known ?? none, "/v1/replays", {}, signal),
            readOrphans(known ?? none, signal),
        ]);
        return { replays: replays?.replays ?? null, orphans };
    });
    const letters = useLoad(known && `letters ${limit} ${JSON.stringify(filter)}`, async (signal) => {
        const [listed, totals] = await Promise.all([
            ifThere(known ?? none, "/v1/dead-letters", { query: { ...filter, limit } }, signal),
            ifThere(known ?? none, "/v1/dead-letters/stats", {}, signal),
        ]);
        return { letters: listed?.dead_letters ?? null, totals };
    });
    const reload = () => {
        if (known === null) routes.reload();
        health.reload();
        rest.reload();
        letters.reload();
    };
    useEvery(everyMs, reload);
    useKeys("Delivery", [{ keys: "r", text: "Read again", run: reload }]);
    return (
        <article class="delivery-view" aria-label="Delivery">
            <h1>Delivery</h1>
            {routes.problem !== null && <Trouble problem={routes.problem} retry={routes.reload} />}
            {health.problem !== null && <Trouble problem={health.problem} retry={reload} />}
            {health.value === null ? (
                health.problem === null && routes.problem === null && <Loading />
            ) : (
                <>
                    <Health
                        readiness={health.value.readiness}
                        samples={health.value.samples}
                        lastRow={health.value.cursors?.last_seq ?? null}
                    />
                    <Cursors cursors={health.value.cursors} samples={health.value.samples} />
                </>
            )}
            {letters.problem !== null && <Trouble problem={letters.problem} retry={letters.reload} />}
            {letters.value !== null && (
                <Letters
                    letters={letters.value.letters}
                    totals={letters.value.totals}
                    limit={limit}
                    onMore={() => setLimit(Math.min(limit * 5, mostLetters))}
                    reload={reload}
                />
            )}
            {rest.problem !== null && <Trouble problem={rest.problem} retry={rest.reload} />}
            {rest.value !== null && (
                <>
                    <Replays replays={rest.value.replays} />
                    <Orphans orphans={rest.value.orphans} />
                </>
            )}
        </article>
    );
}
