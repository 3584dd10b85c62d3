/** Resolves when the browser has nothing to draw, or soon in any case. For work that nobody waits for. */
export function atRest(): Promise<void> {
    return new Promise((resolve) => {
        // Not in every browser.
        if (typeof requestIdleCallback === "undefined") setTimeout(resolve, 50);
        else requestIdleCallback(() => resolve(), { timeout: 250 });
    });
}
