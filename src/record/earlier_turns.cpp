#include "earlier_turns.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/request_cut.hpp>

#include <utility>

namespace tapes::record {

template <class Look>
auto earlier_turns::look(Look&& find) -> decltype(find()) {
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

std::optional<store::known_node> earlier_turns::response(std::string_view id, std::string_view provider) {
    auto answer = look([&] { return history.by_response(id, provider); });
    if (answer && answer->open && await_older) {
        await_older();
        answer = history.by_response(id, provider);
    }
    return head(answer);
}

bool earlier_turns::is_beginning(std::string_view id, std::string_view provider) {
    const auto answer = history.by_response(id, provider);
    return answer && answer->head == 0;
}

std::optional<store::history::asked> earlier_turns::asked(std::string_view id, std::string_view provider) {
    auto found = look([&] { return history.by_name(id, provider); });
    // What came of its stream may be on its way.
    if (found && store::is_open_answer(found->stop_reason) && await_older) {
        await_older();
        found = history.by_name(id, provider);
    }
    return found;
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
    return answer ? item_of(answer->exchange, id) : std::string{};
}

std::string earlier_turns::item_of(std::int64_t exchange, std::string_view id, std::int64_t before) {
    const auto* const api = llm::find_api("POST", "/v1/responses");
    if (api == nullptr) {
        return {};
    }
    const auto object = gathered_answer{history, wire_}.read(*api, exchange, before).object;
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
