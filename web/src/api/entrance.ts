import { send } from "./client";

function codeOfAddress(): string | null {
    return new URLSearchParams(location.hash.slice(1)).get("code");
}

/** Whether the browser may read only once its code is exchanged. */
export function hasCode(): boolean {
    return codeOfAddress() !== null;
}

/**
 * `tapes open` opens the page with a one-time code in the fragment, which browsers send to nobody. Exchanges it for
 * the cookie that lets this browser read, and takes it out of the address. Returns whether there was a code.
 */
export async function enterWithCode(): Promise<boolean> {
    const code = codeOfAddress();
    if (code === null) return false;
    history.replaceState(null, "", location.pathname + location.search);
    await send("/v1/browser/session", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code }),
    });
    return true;
}

/** Takes the cookie away from this browser. */
export async function leave(): Promise<void> {
    await send("/v1/browser/session", { method: "DELETE" });
}
