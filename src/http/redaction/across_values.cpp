#include "redaction/credentials.hpp"

#include <algorithm>
#include <map>

namespace tapes::http {
namespace {

/// Members of different names that are followed at a time; beyond, new ones are not.
constexpr std::size_t most_lanes = 64;
/// So much of a lane is gathered before it is looked at.
constexpr std::size_t step_bytes = std::size_t{64} * 1024;
/// What JSON may write for one byte.
constexpr std::size_t longest_escape = 6;

/// The values that one member has had, one after the other, and where each came from.
class lane {
public:
    void add(std::string_view value, std::size_t from) {
        pieces_.push_back({text_.size(), value.size(), from});
        text_.append(value);
    }

    std::size_t size() const noexcept { return text_.size(); }

    /// Finds what no single value holds.
    void look(const std::vector<std::string>& credentials, std::vector<credential_range>& out) const {
        std::vector<credential_range> found;
        for (const auto& value : credentials) {
            occurrences(text_, value, found);
        }
        for (const auto& one : found) {
            auto at = std::prev(std::ranges::upper_bound(pieces_, one.at, {}, &piece::at));
            const auto end = one.at + one.size;
            if (end <= at->at + at->size) {
                continue;
            }
            for (; at != pieces_.end() && at->at < end; ++at) {
                const auto skipped = one.at > at->at ? one.at - at->at : 0;
                out.push_back({at->from + skipped, std::min(at->size, end - at->at) - skipped, one.value});
            }
        }
    }

    /// Forgets all but the last `kept` bytes.
    void trim(std::size_t kept) {
        const auto cut = text_.size() - std::min(kept, text_.size());
        text_.erase(0, cut);
        std::erase_if(pieces_, [&](const piece& one) { return one.at + one.size <= cut; });
        for (auto& one : pieces_) {
            const auto lost = cut > one.at ? cut - one.at : 0;
            one = {one.at + lost - cut, one.size - lost, one.from + lost};
        }
    }

private:
    struct piece {
        std::size_t at;    ///< in text_
        std::size_t size;  ///< never 0
        std::size_t from;  ///< in the body
    };
    std::string text_;
    std::vector<piece> pieces_;
};

/// Where the string that begins behind the quote before `at` ends: at its quote, or where its line does.
std::size_t string_end(std::string_view body, std::size_t at) noexcept {
    while (true) {
        at = std::min(body.find_first_of("\"\\\r\n", at), body.size());
        if (at == body.size() || body[at] != '\\') {
            return at;
        }
        at = std::min(at + 2, body.size());
    }
}

}  // namespace

void credentials_across_values(std::string_view body, const std::vector<std::string>& credentials,
                               std::vector<credential_range>& out) {
    std::size_t longest = 0;
    for (const auto& value : credentials) {
        longest = std::max(longest, value.size());
    }
    if (longest == 0) {
        return;
    }
    std::map<std::string, lane, std::less<>> lanes;
    std::string_view key;
    for (auto quote = body.find('"'); quote != std::string_view::npos;) {
        const auto begin = quote + 1;
        const auto end = string_end(body, begin);
        const auto value = body.substr(begin, end - begin);
        const auto next = body.find_first_not_of(" \t", std::min(end + 1, body.size()));
        if (next != std::string_view::npos && body[end] == '"' && body[next] == ':') {
            key = value;
        } else if (!value.empty()) {
            auto its = lanes.find(key);
            if (its == lanes.end() && lanes.size() < most_lanes) {
                its = lanes.try_emplace(std::string{key}).first;
            }
            if (its != lanes.end()) {
                its->second.add(value, begin);
                if (its->second.size() > step_bytes + longest * longest_escape) {
                    its->second.look(credentials, out);
                    its->second.trim(longest * longest_escape);
                }
            }
        }
        quote = body.find('"', std::min(end + 1, body.size()));
    }
    for (const auto& [name, each] : lanes) {
        each.look(credentials, out);
    }
}

}  // namespace tapes::http
