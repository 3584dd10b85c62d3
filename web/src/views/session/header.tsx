import type { Schemas } from "../../api/client";
import { between, duration } from "../../format/times";
import { visibleLine } from "../../format/visible";
import { addresses } from "../../route";
import { IdChip } from "../../ui/copy";
import { CacheShare, Cost, Time, TokenBar, TokenCount } from "../../ui/figures";
import { ExportMenu } from "../../ui/export-menu";
import { ThreadChooser } from "./thread-chooser";

const states = {
    complete: "complete",
    cut: "cut off",
    error: "ended with an error",
    pending: "answer pending",
} as const;
const stateClasses = { complete: "", cut: "bad", error: "bad", pending: "warn" } as const;

export function sessionTitle(session: Schemas["session"]): string {
    return session.title ?? `Session ${session.name.slice(0, 12)}`;
}

export function SessionHeader({
    session,
    thread,
}: {
    session: Schemas["session_with_threads"];
    thread: number | null;
}) {
    const time = between(session.first_at, session.ended_at ?? session.last_at);
    return (
        <header class="session-head">
            <h1 title={visibleLine(session.name)}>{visibleLine(sessionTitle(session))}</h1>
            {/* In a narrow window it is one line that scrolls. */}
            <dl class="facts" tabIndex={0}>
                <Fact name="Project" value={session.project} />
                <Fact name="Agent" value={session.agent ?? session.client} />
                <Fact name="Model" value={session.model} />
                <dt>Began</dt>
                <dd>
                    <Time at={session.first_at} />
                    {time !== null && <span class="muted"> {duration(time)}</span>}
                </dd>
                <dt>Turns</dt>
                <dd>{session.turns}</dd>
                <dt>Tokens</dt>
                <dd class="tokens">
                    <TokenCount tokens={session.tokens} /> <TokenBar tokens={session.tokens} />
                </dd>
                <dt>From cache</dt>
                <dd>
                    <CacheShare tokens={session.tokens} />
                </dd>
                <dt>Cost</dt>
                <dd>
                    <Cost value={session.cost} />
                </dd>
                <dt>State</dt>
                <dd class={stateClasses[session.state]}>{states[session.state]}</dd>
                {session.errors > 0 && (
                    <>
                        <dt>Errors</dt>
                        <dd class="bad">{session.errors}</dd>
                    </>
                )}
                {session.dropped > 0 && (
                    <>
                        <dt>Without a turn</dt>
                        <dd class="warn">{session.dropped}</dd>
                    </>
                )}
            </dl>
            <div class="tab-line">
                <nav class="view-tabs" aria-label="Session">
                    <a href={addresses.session(session.name)} aria-current="page">
                        Transcript
                    </a>
                    <a href={addresses.sessionTree(session.name)}>Tree</a>
                    <a href={addresses.sessionCache(session.name)}>Cache</a>
                </nav>
                <ThreadChooser session={session} thread={thread} />
                <ExportMenu of="session" id={session.name} thread={thread} />
            </div>
        </header>
    );
}

export function ChainHeader({ hash }: { hash: string }) {
    return (
        <header class="session-head">
            <h1>
                Up to message <IdChip id={hash} name="the hash" />
            </h1>
            <div class="tab-line">
                <nav class="view-tabs" aria-label="Chain">
                    <a href={addresses.node(hash)} aria-current="page">
                        Transcript
                    </a>
                    <a href={addresses.nodeTree(hash)}>Tree</a>
                </nav>
                <ExportMenu of="chain" id={hash} />
            </div>
        </header>
    );
}

function Fact({ name, value }: { name: string; value: string | null }) {
    if (value === null) return null;
    return (
        <>
            <dt>{name}</dt>
            <dd>{visibleLine(value)}</dd>
        </>
    );
}
