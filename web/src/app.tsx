import { useEffect, useState } from "preact/hooks";
import { get, onRefused, Problem } from "./api/client";
import { enterWithCode } from "./api/entrance";
import { startLive } from "./api/live";
import { Loading } from "./ui/states";
import { Entrance } from "./views/entrance";
import { Shell } from "./shell";
import { View } from "./views/view";

type Access = "asking" | "granted" | "refused";

/** Finds out whether this browser may read, and then shows the view that the address names. */
export function App() {
    const [access, setAccess] = useState<Access>("asking");
    const [problem, setProblem] = useState<Problem | null>(null);
    useEffect(() => {
        onRefused(() => setAccess("refused"));
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
