#include "redaction/credentials.hpp"
#include "redaction/search.hpp"

#include <algorithm>
#include <map>

namespace tapes::http {
namespace {

/// How many members of different names are followed; further ones are not.
constexpr std::size_t most_lanes = 64;
/// How many bytes of a lane are gathered before it is searched.
constexpr std::size_t step_bytes = std::size_t{64} * 1024;
/// The most bytes that JSON may write for one byte.
constexpr std::size_t longest_escape = 6;

/// The successive values of one member, joined, and where each came from.
class lane {
public:
    void add(std::string_view value, std::size_t from) {
        pieces_.push_back({text_.size(), value.size(), from});
        text_.append(value);
    }

    std::size_t size() const noexcept { return text_.size(); }

    /// Finds the credentials that no single value holds.
    void look(credential_search& search, const std::vector<std::string>& credentials,
              std::vector<credential_range>& out) const {
        std::vector<occurrence> found;
        search.find(text_, found);
        for (const auto& one : found) {
            auto at = std::prev(std::ranges::upper_bound(pieces_, one.at, {}, &piece::at));
            const auto end = one.at + one.size;
            if (end <= at->at + at->size) {
                continue;
            }
            for (; at != pieces_.end() && at->at < end; ++at) {
                const auto skipped = one.at > at->at ? one.at - at->at : 0;
                out.push_back(
                    {at->from + skipped, std::min(at->size, end - at->at) - skipped, credentials[one.which]});
            }
        }
    }

    /// Forgets all but the last `size` bytes.
    void trim(std::size_t size) {
        const auto cut = text_.size() - std::min(size, text_.size());
        text_.erase(0, cut);
        std::erase_if(pieces_, [&](const piece& one) { return one.at + one.size <= cut; });
        for (auto& one : pieces_) {
            const auto lost = cut > one.at ? cut - one.at : 0;
            one = {one.at + lost - cut, one.size - lost, one.from + lost};
        }
    }

private:
    struct piece {
        std::size_t at;    ///< offset in text_
        std::size_t size;  ///< never 0
        std::size_t from;  ///< offset in the body
    };
    std::string text_;
    std::vector<piece> pieces_;
};

/// Returns where the string ends whose inside begins at `at`: at its quote or, unlike in
/// text::json_string_end, at the end of its line, so that one broken event does not hide those behind it.
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
    credential_search search{credentials};
    // What is kept of a lane is searched again: it may be no more than what is new.
    const auto overlap = longest * longest_escape;
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
            auto found = lanes.find(key);
            if (found == lanes.end() && lanes.size() < most_lanes) {
                found = lanes.try_emplace(std::string{key}).first;
            }
            if (found != lanes.end()) {
                found->second.add(value, begin);
                if (found->second.size() > std::max(step_bytes, overlap) + overlap) {
                    found->second.look(search, credentials, out);
                    found->second.trim(overlap);
                }
            }
        }
        quote = body.find('"', std::min(end + 1, body.size()));
    }
    for (const auto& [name, each] : lanes) {
        each.look(search, credentials, out);
    }
}

}  // namespace tapes::http
