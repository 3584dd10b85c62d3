import { askAhead as ask } from "../api/client";
import type { Place } from "../route";
import { chunk, threadOf, threadQuestion, turnsFrom } from "./session/source";

/** Asks what the view of an address will ask first, for those whose code takes longer than the answers. */
export function askAhead({ path, query }: Place): void {
    const [first, id = "", third] = path;
    // What "@" names is told by the session.
    if (first !== "s" || id === "" || id.startsWith("@") || third !== undefined) return;
    ask("/v1/sessions/{id}/transcript", threadQuestion(id, threadOf(query.get("thread")), true, turnsFrom(1, chunk)));
    ask("/v1/sessions/{id}", { path: { id } });
}
