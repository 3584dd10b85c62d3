/** How an exchange ended, in words. The names are those of the view `exchanges` (docs/schema.md). */
const sentences: Record<string, string> = {
    complete: "The answer came to its end.",
    client_closed: "The client broke it off.",
    upstream_closed: "The provider broke it off.",
    upstream_unreachable: "The provider could not be reached.",
    timeout: "The provider took too long.",
    protocol_error: "One side did not keep to HTTP.",
    shutdown: "The proxy was stopped meanwhile.",
};

export function endReason(name: string): string {
    return Object.hasOwn(sentences, name) ? (sentences[name] ?? name) : name;
}
