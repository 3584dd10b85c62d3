#include "earlier_turns.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/llm/request_cut.hpp>

#include <utility>

namespace tapes::record {

namespace {

/// Returns the answer object of a body, which may be that object or a stream.
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
std::optional<store::history::answered> earlier_turns::look(Look&& find) {
    auto found = find();
    if (!found && await_older) {
        await_older();
        found = find();
    }
    return found;
}

std::optional<store::known_node> earlier_turns::head(const std::optional<store::history::answered>& answer) {
    if (!answer || answer->head == 0) {
        return std::nullopt;
    }
    return history.place(answer->head);
}

std::optional<store::known_node> earlier_turns::response(std::string_view id) {
    return head(look([&] { return history.by_response(id); }));
}

bool earlier_turns::is_beginning(std::string_view id) {
    const auto answer = history.by_response(id);
    return answer && answer->head == 0;
}

std::optional<store::known_node> earlier_turns::conversation(std::string_view id) {
    // Its last turn may be on its way, even if an earlier one is stored.
    if (await_older) {
        await_older();
    }
    return head(history.by_conversation(id));
}

std::string earlier_turns::item(std::string_view id) {
    const auto answer = look([&] { return history.by_item(id); });
    const auto* const api = llm::find_api("POST", "/v1/responses");
    auto wire = answer ? wire_.read(answer->exchange) : std::nullopt;
    if (!wire || api == nullptr || api->make_reducer == nullptr) {
        return {};
    }
    const auto object =
        answer_object(*api, wire->response_head, std::move(wire->response), wire->response_decoded);
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
