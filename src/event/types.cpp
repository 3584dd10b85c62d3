#include <tapes/event/types.hpp>
#include <tapes/store/dead_letters.hpp>

namespace tapes::event {

const std::vector<std::string>& all_types() {
    static const std::vector<std::string> types{
        std::string{node_event_type}, std::string{exchange_event_type},
        std::string{dead_letter_received_type}, std::string{dead_letter_retried_type},
        std::string{dead_letter_discarded_type}};
    return types;
}

std::string_view type_of(store::letter_change change) {
    switch (change) {
        case store::letter_change::received:
            return dead_letter_received_type;
        case store::letter_change::retried:
            return dead_letter_retried_type;
        case store::letter_change::discarded:
            return dead_letter_discarded_type;
    }
    return {};
}

bool is_dead_letter_type(std::string_view event_type) {
    return event_type.starts_with("tapes.dead_letter.");
}

}  // namespace tapes::event
