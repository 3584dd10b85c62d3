#include "earlier_turns.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/record/answers_in_flight.hpp>

#include <memory>
#include <utility>

namespace tapes::record {

namespace {

/// A client that names no session is known by the root of its conversation.
std::string session_of(earlier_turns& earlier, store::history::asked& asked) {
    if (!asked.session.empty() || asked.head == 0) {
        return std::move(asked.session);
    }
    return merkle::to_hex(earlier.history.place(earlier.history.place(asked.head).root).position.hash);
}

}  // namespace

find_begun_answer begun_answers_of(const std::string& path) {
    const auto opened = std::make_shared<std::unique_ptr<earlier_turns>>();
    return [path, opened](std::string_view id, std::string_view provider,
                          std::optional<std::int64_t> starting_after) -> std::optional<begun_answer> {
        if (*opened == nullptr) {
            *opened = std::make_unique<earlier_turns>(path);
        }
        auto& earlier = **opened;
        auto asked = earlier.asked(id, provider);
        if (!asked) {
            return std::nullopt;
        }
        begun_answer made;
        made.exchange = asked->id;
        if (starting_after) {
            made.events = earlier.events_up_to(asked->exchange, *starting_after);
        }
        made.session = session_of(earlier, *asked);
        made.agent_name = std::move(asked->agent_name);
        made.project = std::move(asked->project);
        made.model = std::move(asked->model);
        return made;
    };
}

}  // namespace tapes::record
