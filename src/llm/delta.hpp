#pragma once

#include "json.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::llm {

/// Deltas of a streamed JSON value, folded into the value that a one-shot answer would hold: strings are
/// joined, objects merged by key, elements of arrays gathered, null says nothing, other scalars replace.
/// Parts of text of a `content` go on as strings do. Strings that name something (`id`, `type`, `role`,
/// `format`, a repeated `name`) and a repeated `thought_signature` are not joined.
class delta {
public:
    /// Folds `from` in. Returns the bytes that are held now and were not before, roughly.
    std::size_t merge(json_value from, std::string_view key = {}, int depth = 0);

    /// Folds the members of an object in, but not those named in `skipped`.
    std::size_t merge_members(json_object from, int depth = 0,
                              std::initializer_list<std::string_view> skipped = {});

    bool empty() const noexcept { return what_ == kind::nothing; }

    /// Appends the value as JSON.
    void write(std::string& out) const;

    /// Appends the members as they stand in an object: each with its key, separated by commas.
    void write_members(std::string& out) const;

private:
    enum class kind : std::uint8_t { nothing, text, scalar, object, list };

    std::size_t merge_text(std::string piece, std::string_view key);
    std::size_t merge_list(json_value from, std::string_view key);
    void end_text();

    kind what_ = kind::nothing;
    std::string
        text_;  ///< of text: what it says; of a scalar: its JSON; of a list: text after the last element
    std::map<std::string, delta, std::less<>> members_;
    std::vector<std::string> elements_;  ///< as JSON
};

/// The tool calls of one choice: fragments find their call by `index`, else by `id`, else they go on with the
/// last one. Servers that send whole calls without an index, or all with the same one, are told by their ids;
/// those that change a call's id from fragment to fragment, or give all calls the same, by the name of the
/// function.
class call_deltas {
public:
    std::size_t merge(json_object fragment);
    bool empty() const noexcept { return calls_.empty(); }

    /// Appends the array of calls, by index.
    void write(std::string& out) const;

private:
    struct call {
        std::int64_t order = 0;
        std::string id;
        delta members;
    };
    struct position {
        bool has_index = false;
        std::int64_t index = 0;
        std::string id;
        bool has_function_name = false;
    };

    static position locate(json_object fragment);
    std::size_t find_or_add(const position& where);

    std::vector<call> calls_;
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

/// The `reasoning_details` or `thinking_blocks` of one choice: fragments of one `index` and `type` are one
/// detail; without an index those of one type that follow each other, up to the one that signs it.
class detail_deltas {
public:
    std::size_t merge(json_value fragment);
    bool empty() const noexcept { return details_.empty(); }

    /// Appends the array of details, in the order in which they began.
    void write(std::string& out) const;

private:
    std::vector<delta> details_;
    std::map<std::pair<std::int64_t, std::string>, std::size_t> known_;
    std::string last_type_;
    bool last_goes_on_ = false;  ///< the last detail had no index, and was not signed yet
};

}  // namespace tapes::llm
