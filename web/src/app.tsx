import { useLayoutEffect, useState } from "preact/hooks";
import { get, onRefused, Problem } from "./api/client";
import { enterWithCode, hasCode } from "./api/entrance";
import { startLive, stopLive } from "./api/live";
import { Loading } from "./ui/states";
import { Entrance } from "./views/entrance";
import { Shell } from "./shell";
import { View } from "./views/view";

type Access = "asking" | "granted" | "refused";

/**
 * Shows the view that the address names, or how to enter where the server refuses an answer. A code is exchanged first; without
 * one it is the view's own questions that tell whether this browser may read.
 */
export function App() {
    const [access, setAccess] = useState<Access>(() => (hasCode() ? "asking" : "granted"));
    const [problem, setProblem] = useState<Problem | null>(null);
    // With the first drawing: a view may have its answer right behind it.
    useLayoutEffect(() => {
        onRefused(() => {
            stopLive();
            setAccess("refused");
        });
        if (!hasCode()) return;
        void (async () => {
            try {
                await enterWithCode();
            } catch (error) {
                if (error instanceof Problem) setProblem(error);
            }
            try {
                await get("/v1/sessions", { query: { limit: 1 } });
            } catch (error) {
                // Any other trouble is told by the view that meets it.
                if (error instanceof Problem && error.status === 401) return;
            }
            startLive();
            setAccess("granted");
        })();
    }, []);
    if (access === "asking") return <Loading />;
    if (access === "refused") return <Entrance problem={problem} />;
    return (
        <Shell>
            <View />
        </Shell>
    );
}
