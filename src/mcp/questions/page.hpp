#pragma once

#include "questions/scope.hpp"

#include <cstddef>
#include <string>

namespace tapes::mcp {

/// The entries of an answer, as many as it has room for, looked through for secrets.
class page {
public:
    explicit page(const question& asked);

    /// Adds an entry. Texts of it are cut to `text_bytes`, and further where it alone is larger than an
    /// answer. Returns false, and adds nothing, where there is no room for it behind others.
    bool add(ordered_json entry, std::size_t text_bytes = most_answer_bytes);
    std::size_t count() const noexcept { return entries_.size(); }
    ordered_json take() { return std::move(entries_); }

private:
    const question& asked_;
    std::size_t room_;
    ordered_json entries_ = ordered_json::array();
};

/// Takes the secrets out of each string, and what is behind `text_bytes`.
void clean(ordered_json& value, const question_scope& scope, std::size_t text_bytes);

/// So much more of a text is read than is shown, so that a secret at its end is seen as one.
inline constexpr std::size_t secret_margin = 4096;

/// `"next"` of an answer.
ordered_json next_json(const std::string& cursor);

}  // namespace tapes::mcp
