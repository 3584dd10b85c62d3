#pragma once

#include <tapes/merkle/content.hpp>
#include <tapes/tape/tolerance.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::tape {

/// A stored message, and whose it is.
struct stored_text {
    std::string_view role;
    std::string_view provider;
    std::string_view content;  ///< in event form
};

/// Returns what counts of a message where it is compared within a tolerance: its role and, in the order of
/// its blocks, each field that clients do not drop, on lines of its own. `known` gains the directories that
/// it names, and they are looked past in it as well. For `used` see tolerance::apply.
std::string loose_text(merkle::message from, const tolerance& past, directory_list& known,
                       std::uint64_t* used = nullptr);

/// The same of a stored message; nothing where it cannot be read.
std::optional<std::string> loose_text(const stored_text& from, const tolerance& past, directory_list& known,
                                      std::uint64_t* used = nullptr);

/// Returns a text as it is compared where credentials in it were replaced: whoever plays a tape need not have
/// the keys with which it was recorded.
std::string without_keys(std::string text);

/// Returns what is compared of a body that belongs to no conversation: of JSON its canonical form
/// (RFC 8785), of anything else its bytes.
std::string canonical_body(std::string_view body);

/// The same without what is looked past.
std::string loose_body(std::string_view canonical, const tolerance& past);

}  // namespace tapes::tape
