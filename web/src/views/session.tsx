import { useMemo } from "preact/hooks";
import { useGet } from "../api/load";
import { useParameter } from "../route";
import { Loading, Trouble } from "../ui/states";
import { useTitle } from "../ui/title";
import { ChainHeader, SessionHeader, sessionTitle } from "./session/header";
import { Reading } from "./session/reading";
import { chainSource, threadOf, threadSource } from "./session/source";
import { threadRead } from "./session/thread-chooser";
import { Compactions } from "./session/thread-part";
import type { ViewProps } from "./view";

/** What was said: in a session (`/s/ID`), or in the chain that ends with a node (`/n/HASH`). */
export default function SessionView({ place }: ViewProps) {
    const [kind, id = ""] = place.path;
    return kind === "n" ? <ChainPage hash={id} key={id} /> : <SessionPage id={id} key={id} />;
}

function SessionPage({ id }: { id: string }) {
    const loaded = useGet("/v1/sessions/{id}", { path: { id } });
    const [threadText] = useParameter("thread");
    const thread = threadOf(threadText);
    const session = loaded.value;
    useTitle(session === null ? "Session" : sessionTitle(session));
    // The transcript does not wait for the session, but for "@", which may soon mean another one.
    const name = id.startsWith("@") ? (session?.name ?? null) : id;
    const source = useMemo(() => (name === null ? null : threadSource(name, thread, true)), [name, thread]);
    const read = session === null ? null : threadRead(session, thread);
    if (session === null && loaded.problem !== null) return <Trouble problem={loaded.problem} retry={loaded.reload} />;
    return (
        <div class="session">
            {session === null ? <Loading /> : <SessionHeader session={session} thread={thread} />}
            {source !== null && (
                <Reading
                    source={source}
                    session={session?.name ?? null}
                    onExchange={loaded.reload}
                    aboveOutline={
                        session !== null &&
                        read !== null && (
                            <Compactions session={session.name} threads={session.thread_list} thread={read} />
                        )
                    }
                    key={source.key}
                />
            )}
        </div>
    );
}

function ChainPage({ hash }: { hash: string }) {
    useTitle(`Message ${hash.slice(0, 12)}`);
    const source = useMemo(() => chainSource(hash), [hash]);
    return (
        <div class="session">
            <ChainHeader hash={hash} />
            <Reading source={source} session={null} target={hash} key={source.key} />
        </div>
    );
}
