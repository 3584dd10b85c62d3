/**
 * Why an exchange gave no turn, in words. The names and their meanings are those of the README ("Limits and known
 * behaviours") and of src/capture's table.
 */
const sentences: Record<string, string> = {
    over_budget: "No memory and no spill space was left to record it (record.budget_bytes, record.spill_bytes).",
    work_limit:
        "Making a turn of it took more processor time than record.work_limit allows. Its bytes are kept, and “tapes rederive” tries again.",
    store_error: "The store refused this exchange alone, or could not commit until the process ended.",
    unauthorized: "Whoever asked may not use this proxy (proxy.clients, proxy.client_ca).",
    tunnel: "The connection became another protocol (status 101), and what went through it is not recorded.",
    non_turn_request: "Its method and path belong to no API for conversations.",
    unsupported_api: "Its API was known to the version of tapes that recorded it, but could not be read by it yet.",
    no_response:
        "No answer came: the provider was not reached or took too long, the client left before, or the request was malformed.",
    upstream_status: "The provider answered with an error. Only answers with a 2xx status become turns.",
    request_decode: "The request's body is not what its API says, so no conversation can be read from it.",
    empty_response: "The answer has no content.",
    response_decode: "The answer is not what its API says, so no message can be read from it.",
    stream_error: "The stream of the answer was an error and nothing else.",
    unknown_response: "It is about an answer whose question is not in this store.",
    nothing_new: "It asks for the answer of an earlier exchange, and brought nothing that is not recorded.",
    answer_fetched: "It brought the answer of an earlier exchange, and stands in that turn.",
    answer_cancelled: "It cancelled the answer of an earlier exchange.",
    answer_deleted: "It had the provider delete the answer of an earlier exchange; the record stays.",
    crash: "It was still in flight when the process was killed.",
};

/** Whether an exchange gave no turn because it is about the answer of an earlier one: nothing is wrong with it. */
export function isAboutEarlier(name: string): boolean {
    return name === "nothing_new" || name.startsWith("answer_");
}

/** The sentence for a drop reason; one that this page does not know is named as it is. */
export function dropReason(name: string): string {
    return Object.hasOwn(sentences, name) ? (sentences[name] ?? name) : `It gave no turn (${name}).`;
}
