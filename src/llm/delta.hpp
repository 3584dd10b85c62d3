#pragma once

#include "json.hpp"
#include "streamed_text.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm {

/// Deltas of a streamed JSON value, folded into the value that a one-shot answer would hold: strings are
/// joined (see `streamed_text`), objects merged by key, elements of arrays gathered, null says nothing, other
/// scalars replace. Parts of text of a `content` go on as strings do. Strings that name something (`id`,
/// `type`, `role`, `format`, a repeated `name`) and a repeated `thought_signature` are not joined.
class delta {
public:
    /// Folds `from` in. Adds to `held` roughly how many bytes more are held now, also where it throws: what
    /// stood before a fault stays.
    void merge(std::size_t& held, json_value from, std::string_view key = {}, int depth = 0);

    /// Folds in the members of an object, but not those named in `skipped`.
    void merge_members(std::size_t& held, json_object from, int depth = 0,
                       std::initializer_list<std::string_view> skipped = {});

    bool empty() const noexcept { return kind_ == kind::nothing; }

    /// Returns true where it says something: no empty text, object or list.
    bool says_something() const noexcept;

    /// Returns the member of an object, or nullptr where there is none.
    const delta* member(std::string_view key) const noexcept;

    /// Returns the text of a string.
    const streamed_text& string() const noexcept { return text_; }

    /// Appends the value as JSON.
    void write(std::string& out) const;

    /// Appends the members as they stand in an object: each with its key, separated by commas. What an object
    /// lacks is taken from `other`, where that is given.
    void write_members(std::string& out, const delta* other = nullptr) const;

    /// What a map holds of an entry beside its key and value.
    static constexpr std::size_t index_bytes = 96;

private:
    enum class kind : std::uint8_t { nothing, text, scalar, object, list };

    std::size_t merge_text(std::string_view piece, std::string_view key);
    void merge_list(std::size_t& held, json_value from, std::string_view key);
    void end_text();

    kind kind_ = kind::nothing;
    bool is_json_ = false;  ///< the text is to be JSON
    streamed_text text_;    ///< of a scalar: its JSON; of a list: text after the last element
    std::map<std::string, delta, std::less<>> members_;
    std::vector<std::string> elements_;  ///< as JSON
};

}  // namespace tapes::llm
