#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

/// A place in a text where a value stands.
struct occurrence {
    std::size_t at = 0;
    std::uint32_t size = 0;
    std::uint32_t which = 0;  ///< of the values
};

/// How the characters of a text are read.
enum class spelling : std::uint8_t { plain, json, percent };

/// Finds all of several values in one pass, in time that is linear in the text whatever it holds (Aho and
/// Corasick, 1975). Takes memory for each byte of the values.
class credential_automaton {
public:
    explicit credential_automaton(const std::vector<std::string>& values);

    /// Appends the places of all values, in order, and what overlaps as one.
    void find(std::string_view text, spelling spelled, std::vector<occurrence>& out) const;

private:
    static constexpr std::uint32_t none = 0xffffffff;
    struct state {
        std::uint32_t parent;
        std::uint32_t fallback = 0;
        std::uint32_t depth;
        std::uint32_t found = none;  ///< the longest value that ends here
        std::uint32_t found_size = 0;
        unsigned char byte;
    };

    std::uint32_t child(std::uint32_t from, unsigned char byte) const noexcept;
    std::uint32_t& slot(std::uint32_t from, unsigned char byte) noexcept;
    std::uint32_t next(std::uint32_t from, unsigned char byte) const noexcept;
    std::uint32_t add_child(std::uint32_t from, unsigned char byte);
    void link();

    std::vector<state> states_;
    std::vector<std::uint32_t> table_;  ///< children by their parents and bytes; open addressing
    std::size_t longest_ = 0;
};

}  // namespace tapes::http
