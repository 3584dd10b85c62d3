#pragma once

#include <cstddef>
#include <string_view>

/// JSON without a tree: by its brackets, quotes and commas, linear in the bytes, without recursion and
/// without memory. What stands between them is not looked at, so malformed JSON may pass; nothing here tells
/// whether a text is JSON.
namespace tapes::text {

/// Returns the place behind the quote that ends the JSON string whose inside begins at `at`, or nullptr where
/// the text ends before.
const char* json_string_end(const char* at, const char* end) noexcept;

/// Moves over one JSON text from the front. The text must outlive the cursor. A call that does not find what
/// it is for sets `failed()`, which stays.
class json_cursor {
public:
    explicit json_cursor(std::string_view text) noexcept
        : begin_{text.data()}, at_{text.data()}, end_{text.data() + text.size()} {}

    std::size_t offset() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
    bool failed() const noexcept { return failed_; }

    /// Moves to the next byte that is no white space and returns it; NUL at the end.
    char peek() noexcept {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
            ++at_;
        }
        return at_ == end_ ? '\0' : *at_;
    }

    /// Moves over `wanted` where it is the next byte that is no white space, else returns false. Never fails.
    bool take(char wanted) noexcept {
        const bool there = peek() == wanted;
        at_ += there ? 1 : 0;
        return there;
    }

    /// Moves over a string. Returns its bytes without its quotes, escapes as they are; fails where it does
    /// not end.
    std::string_view string() noexcept;

    /// Moves over a value of any depth; fails where none begins or where it does not end.
    void skip_value() noexcept;

private:
    void skip_string() noexcept;
    void skip_nested() noexcept;

    const char* begin_;
    const char* at_;
    const char* end_;
    bool failed_ = false;
};

/// Calls `visit` with each bracket and each comma outside of strings until it returns false.
template <class Visit>
void visit_json_marks(std::string_view json, Visit&& visit) {
    const auto* const end = json.data() + json.size();
    for (const auto* at = json.data(); at != end;) {
        switch (const char c = *at++) {
            case '"':
                at = json_string_end(at, end);
                if (at == nullptr) {
                    return;
                }
                break;
            case '[':
            case '{':
            case ']':
            case '}':
            case ',':
                if (!visit(c)) {
                    return;
                }
                break;
            default:
                break;
        }
    }
}

}  // namespace tapes::text
