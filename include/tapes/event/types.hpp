#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {
enum class letter_change;
}  // namespace tapes::store

namespace tapes::event {

inline constexpr std::string_view node_event_type = "tapes.node.v1";
inline constexpr std::string_view exchange_event_type = "tapes.exchange.v1";
inline constexpr std::string_view dead_letter_received_type = "tapes.dead_letter.received.v1";
inline constexpr std::string_view dead_letter_retried_type = "tapes.dead_letter.retried.v1";
inline constexpr std::string_view dead_letter_discarded_type = "tapes.dead_letter.discarded.v1";

/// Returns all types of events, that of nodes first.
const std::vector<std::string>& all_types();

/// Returns the type of the event that announces such a change of a dead letter.
std::string_view type_of(store::letter_change change);

/// Tells whether events of this type announce changes of dead letters.
bool is_dead_letter_type(std::string_view event_type);

}  // namespace tapes::event
