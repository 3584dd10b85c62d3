#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app::run {

/// An option with a value among the words of a command: `--name value`, `--name=value`, `-n value`, or
/// `-nvalue` for a short one.
struct option_word {
    std::size_t at = 0;     ///< the index of its first word
    std::size_t words = 1;  ///< how many words it takes
    std::string value;

    bool operator==(const option_word&) const = default;
};

/// Finds the options of these names behind the word `from`, in order, up to "--".
inline std::vector<option_word> find_options(std::span<const std::string> words, std::size_t from,
                                             std::span<const std::string_view> names) {
    std::vector<option_word> found;
    for (auto at = from + 1; at < words.size() && words[at] != "--"; ++at) {
        const std::string_view word = words[at];
        for (const auto name : names) {
            const bool is_long = name.starts_with("--");
            if (word == name && at + 1 < words.size()) {
                found.push_back({at, 2, words[at + 1]});
                ++at;
                break;
            }
            if (is_long && word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=') {
                found.push_back({at, 1, std::string{word.substr(name.size() + 1)}});
                break;
            }
            if (!is_long && word.size() > name.size() && word.starts_with(name)) {
                found.push_back({at, 1, std::string{word.substr(name.size())}});
                break;
            }
        }
    }
    return found;
}

inline bool has_word(std::span<const std::string> words, std::size_t from, std::string_view wanted) {
    for (auto at = from + 1; at < words.size() && words[at] != "--"; ++at) {
        if (words[at] == wanted) {
            return true;
        }
    }
    return false;
}

}  // namespace tapes::app::run
