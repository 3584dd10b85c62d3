#include "live/undecided_text.hpp"

#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace tapes::record {

namespace {

/// The most bytes that JSON in JSON writes for one byte: `\\u002f`.
constexpr std::size_t longest_escape_twice = 7;
/// So many comparisons tell what may be shown, or it is held back.
constexpr std::uint64_t most_comparisons = 1'000'000;

enum class outcome { differs, may_begin };

/// Compares a text up to its end with a credential.
class comparison {
public:
    comparison(std::string_view text, std::string_view credential) : text_{text}, credential_{credential} {}

    outcome run(std::uint64_t& work) {
        while (at_ < text_.size() && of_ < credential_.size()) {
            ++work;
            if (text_[at_] == credential_[of_]) {
                ++at_;
                ++of_;
            } else if (text_[at_] != '\\' || !escaped()) {
                return open_ ? outcome::may_begin : outcome::differs;
            }
        }
        return of_ < credential_.size() || at_ == text_.size() ? outcome::may_begin : outcome::differs;
    }

private:
    /// Passes an escaped character. Returns false where it is another one, or (`open_`) where its end has not
    /// come.
    bool escaped() {
        auto rest = text_.substr(at_);
        rest.remove_prefix(std::min(rest.find_first_not_of('\\'), rest.size()));
        constexpr std::size_t hexadecimal = 5;  // uXXXX
        if (rest.empty() || (rest.front() == 'u' && rest.size() < hexadecimal)) {
            open_ = true;
            return false;
        }
        const char wanted = credential_[of_];
        std::size_t size = 1;
        bool same = rest.front() == wanted || text::json_short_escape(rest.front()) == wanted;
        if (rest.front() == 'u') {
            const auto unit = text::json_code_unit("\\" + std::string{rest.substr(0, hexadecimal)});
            if (unit >= 0) {
                size = hexadecimal;
                same = unit == static_cast<unsigned char>(wanted);
            }
        }
        at_ = text_.size() - rest.size() + size;
        ++of_;
        return same;
    }

    std::string_view text_;
    std::string_view credential_;
    std::size_t at_ = 0;
    std::size_t of_ = 0;
    bool open_ = false;
};

}  // namespace

std::size_t decided_bytes(std::string_view text, const std::vector<std::string>& credentials) {
    std::size_t longest = 0;
    std::array<bool, 256> begins{};
    begins['\\'] = true;
    for (const auto& one : credentials) {
        longest = std::max(longest, one.size());
        if (!one.empty()) {
            begins[static_cast<unsigned char>(one.front())] = true;
        }
    }
    const auto window = std::min(text.size(), longest * longest_escape_twice);
    std::uint64_t work = 0;
    const auto first = text.size() - window;
    for (auto at = first; at < text.size(); ++at) {
        if (!begins[static_cast<unsigned char>(text[at])]) {
            continue;
        }
        for (const auto& one : credentials) {
            if (!one.empty() && comparison{text.substr(at), one}.run(work) == outcome::may_begin) {
                return at;
            }
            if (work > most_comparisons) {
                return first;
            }
        }
    }
    return text.size();
}

}  // namespace tapes::record
