#pragma once

#include <span>
#include <string_view>

namespace tapes::exports {

/// What a match must be besides, before it counts as a secret.
enum class secret_test : int {
    shape,      ///< no placeholder, and not the same few characters over and over
    random,     ///< letters and digits without an order, too
    password,   ///< what stands in place of a password in a URL or a connection string
    key_block,  ///< the beginning of a private key; it ends where the block does
    assignment  ///< the name before it and the value, see is_secret_member
};

/// Where a match may begin.
enum class secret_start : int {
    word,         ///< where a word does
    behind_word,  ///< behind one that is joined to it, too: nothing else looks like it
    anywhere
};

/// A shape of secrets. Where the pattern has a group, that is the secret, else all of it. A pattern matches
/// bytes (RE2, Latin-1).
struct secret_rule {
    std::string_view kind;
    const char* pattern;
    secret_test test = secret_test::shape;
    bool made_by_machine = true;  ///< of random bits; false: a person may have chosen it
    secret_start start = secret_start::word;
};

/// In the order in which they are told. Of secrets at one place the one of the earlier rule counts.
std::span<const secret_rule> secret_rules() noexcept;

}  // namespace tapes::exports
