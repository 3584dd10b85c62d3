#pragma once

#include <tapes/store/chain_reader.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::app {

/// The beginning of what an exchange is about, each in one line of at most llm::title_bytes.
struct exchange_opening {
    std::string request;  ///< what a person typed last before the answer; "": nothing near it
    std::string answer;   ///< what was said, else the tools that were called
};

/// Reads the opening of the exchange with this answer (a node; 0: none). Reads a bounded part of each content
/// and a bounded way up its chain.
exchange_opening opening_of(store::chain_reader& reader, std::int64_t head);

/// The beginning of the text blocks of a content in event form, which may be cut anywhere: `typed` without
/// what clients put around it.
std::string opening_text(std::string_view content, bool typed);

}  // namespace tapes::app
