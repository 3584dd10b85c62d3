#pragma once

#include "otlp/span.hpp"

#include <tapes/export/form.hpp>

#include <cstdint>
#include <string>

namespace tapes::exports {

/// So much of the history is written with each exchange; of a longer one the newest messages, and how many
/// were left out.
inline constexpr std::size_t most_history_bytes = std::size_t{1} << 20;

/// Makes the span of an exchange, without its trace and parent. `conversation` is the client's own session
/// id, "" where it names none. `hashes`: whether hashes may be told, as no guessable secret was taken out.
span chat_span(task& given, std::int64_t seq, const std::string& conversation, bool& hashes);

/// The name under which such spans are found: of the exchange's UUID.
std::string chat_span_id(const store::kept_exchange& row);

/// The provider's name in the conventions.
std::string conventional_provider(const std::string& provider);

}  // namespace tapes::exports
