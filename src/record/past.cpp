#include "past.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/llm/request_cut.hpp>

#include <utility>

namespace tapes::record {

namespace {

/// The answer object that a body holds, one-shot or streamed.
std::string answer_object(const llm::api& api, std::string_view head, std::string body, bool decoded) {
    const auto coding = http::find_value(head, "content-encoding");
    if (!decoded && !http::is_identity(coding)) {
        body = http::decode_all(coding, body).bytes;
    }
    const auto first = body.find_first_not_of(" \n\r\t");
    if (first != std::string::npos && body[first] == '{') {
        return body;
    }
    const auto reducer = api.make_reducer();
    reducer->feed(body);
    return reducer->finish();
}

}  // namespace

template <class Look>
std::optional<store::history::answered> past::look(Look&& find) {
    auto found = find();
    if (!found && await_older) {
        await_older();
        found = find();
    }
    return found;
}

std::optional<store::known_node> past::head(const std::optional<store::history::answered>& of) {
    if (!of || of->head == 0) {
        return std::nullopt;
    }
    return nodes.place(of->head);
}

std::optional<store::known_node> past::response(std::string_view id) {
    return head(look([&] { return nodes.by_response(id); }));
}

std::optional<store::known_node> past::conversation(std::string_view id) {
    // Its last turn may be on its way, whatever is known of it.
    if (await_older) {
        await_older();
    }
    return head(nodes.by_conversation(id));
}

std::string past::item(std::string_view id) {
    const auto in = look([&] { return nodes.by_item(id); });
    const auto* const api = llm::find_api("POST", "/v1/responses");
    auto kept = in ? wire_.read(in->exchange) : std::nullopt;
    if (!kept || api == nullptr || api->make_reducer == nullptr) {
        return {};
    }
    const auto object =
        answer_object(*api, kept->response_head, std::move(kept->response), kept->response_decoded);
    llm::api output;
    output.history = "output";
    const auto cut = llm::cut_request(output, object);
    if (!cut || cut->history == llm::request_cut::npos) {
        return {};
    }
    for (const auto piece : cut->places[cut->history].pieces) {
        const auto item = llm::element_of(piece);
        if (llm::member_text(item, "id") == id) {
            return std::string{item};
        }
    }
    return {};
}

}  // namespace tapes::record
