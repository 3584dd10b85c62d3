import { useRef } from "preact/hooks";
import { useGet } from "../../api/load";
import { visibleLine } from "../../format/visible";
import { addressOf, navigate } from "../../route";
import { Time } from "../../ui/figures";
import { Loading, Trouble } from "../../ui/states";

/** Which two things are to be compared: IDs as `tapes show` takes them, or the newest sessions to choose from. */
export function Choice({ left, right }: { left: string; right: string }) {
    const fields = { left: useRef<HTMLInputElement>(null), right: useRef<HTMLInputElement>(null) };
    const newest = useGet("/v1/sessions", { query: { limit: 20 } });
    const take = (side: "left" | "right", name: string) => {
        const field = fields[side].current;
        if (field) field.value = name;
        const next = side === "left" ? fields.right.current : fields.left.current;
        if (next?.value === "") next.focus();
    };
    const submit = (event: Event) => {
        event.preventDefault();
        const one = fields.left.current?.value.trim() ?? "";
        const other = fields.right.current?.value.trim() ?? "";
        if (one !== "" && other !== "") navigate(addressOf(["compare"], { left: one, right: other }));
    };
    return (
        <>
            <form class="comparison-form" onSubmit={submit}>
                {(["left", "right"] as const).map((side) => (
                    <label key={side}>
                        <span>{side === "left" ? "Left" : "Right"}</span>
                        <input
                            ref={fields[side]}
                            required
                            defaultValue={side === "left" ? left : right}
                            placeholder="A session, an exchange, a node"
                            autocomplete="off"
                            spellcheck={false}
                        />
                    </label>
                ))}
                <button type="submit">Compare</button>
            </form>
            <p class="muted">
                A session's name, the UUID of an exchange, the hash of a node, or a beginning of one of them;{" "}
                <code>@</code> is the newest session, <code>@1</code> the one before.
            </p>
            <h2>The newest sessions</h2>
            {newest.value === null ? (
                newest.problem ? (
                    <Trouble problem={newest.problem} retry={newest.reload} />
                ) : (
                    <Loading />
                )
            ) : (
                <table class="comparison-newest">
                    <thead>
                        <tr>
                            <th scope="col">Choose</th>
                            <th scope="col">Title</th>
                            <th scope="col" class="wide-only">
                                Model
                            </th>
                            <th scope="col">Last</th>
                        </tr>
                    </thead>
                    <tbody>
                        {newest.value.sessions.map((session) => {
                            const title = visibleLine(session.title ?? session.name);
                            return (
                                <tr key={session.name}>
                                    <td class="comparison-takes">
                                        <button
                                            type="button"
                                            aria-label={`Left: ${title}`}
                                            onClick={() => take("left", session.name)}
                                        >
                                            left
                                        </button>{" "}
                                        <button
                                            type="button"
                                            aria-label={`Right: ${title}`}
                                            onClick={() => take("right", session.name)}
                                        >
                                            right
                                        </button>
                                    </td>
                                    <td>
                                        {title} <span class="muted">{visibleLine(session.name).slice(0, 24)}</span>
                                    </td>
                                    <td class="wide-only">
                                        {session.model === null ? "–" : visibleLine(session.model)}
                                    </td>
                                    <td class="figure">
                                        <Time at={session.last_at} />
                                    </td>
                                </tr>
                            );
                        })}
                    </tbody>
                </table>
            )}
        </>
    );
}
