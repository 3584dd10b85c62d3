#pragma once

#include <tapes/merkle/canonical.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::merkle {

/// One JSON value, parsed strictly (RFC 8259) and flat: values in document order, each knowing where its
/// subtree ends. Views point into the parsed text, which must outlive the tree, or into the tree. Not
/// thread-safe.
class tree {
public:
    enum class kind : std::uint8_t { literal, number, string, array, object };

    struct value {
        kind type = kind::literal;
        bool escaped = false;   ///< of a string: its literal holds a backslash
        std::string_view key;   ///< decoded, where the value is a member of an object
        std::string_view text;  ///< of a scalar: its source text
        double real = 0;
        std::size_t end = 0;  ///< one past the last value of the subtree
    };

    /// What `canonicalize` takes.
    static constexpr int deepest = 512;
    /// Content in event form: JSON that `canonicalize` takes, in a block, in an array.
    static constexpr int deepest_content = deepest + 2;

    /// `json` must be valid UTF-8. Nesting beyond `depth` is `too_deep`.
    canonical_error parse(std::string_view json, int depth = deepest);

    const std::vector<value>& values() const noexcept { return values_; }

    /// Every number is what its canonical form says.
    bool exact() const noexcept { return exact_; }

    /// Appends the canonical form of the value at `index`.
    void write(std::size_t index, std::string& out);

    /// The values of the members of the object at `index`, in canonical order, of a repeated key the last.
    std::vector<std::size_t> members(std::size_t index) const;

private:
    canonical_error parse_value(int depth);
    canonical_error parse_array(std::size_t index, int depth);
    canonical_error parse_object(std::size_t index, int depth);
    canonical_error parse_number();
    bool scan_string(std::string_view& literal, bool& escaped);
    bool parse_key(std::string_view& key);
    bool take(char expected) noexcept;
    void skip_space() noexcept;
    void write_object(std::size_t index, std::string& out);

    std::string_view json_;
    std::size_t at_ = 0;
    int depth_limit_ = deepest;
    bool exact_ = true;
    bool in_range_ = true;
    std::vector<value> values_;
    std::deque<std::string> decoded_keys_;
};

}  // namespace tapes::merkle
