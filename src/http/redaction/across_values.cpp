#include "redaction/credentials.hpp"
#include "redaction/search.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace tapes::http {
namespace {

/// How many members of different names are followed; further ones are not.
constexpr std::size_t most_lanes = 64;
/// How many bytes of a lane are gathered before it is searched.
constexpr std::size_t step_bytes = std::size_t{64} * 1024;
/// The most bytes that JSON may write for one byte.
constexpr std::size_t longest_escape = 6;

/// The parts of credentials that were found. What is found twice is one part.
class found_parts {
public:
    explicit found_parts(const charge_bytes& charge) : charge_{charge} {}

    void add(const occurrence& one) {
        if (all_.size() == all_.capacity()) {
            merge_occurrences(all_);
            if (all_.size() > all_.capacity() / 2) {
                const auto room = std::max<std::size_t>(64, 2 * all_.size());
                if (charge_) {
                    charge_(room * sizeof one);
                }
                all_.reserve(room);
            }
        }
        all_.push_back(one);
    }

    std::vector<occurrence> take() && {
        merge_occurrences(all_);
        return std::move(all_);
    }

private:
    const charge_bytes& charge_;
    std::vector<occurrence> all_;
};

/// The successive values of one member, joined, and where each came from.
class lane {
public:
    void add(std::string_view value, std::size_t from) {
        pieces_.push_back({text_.size(), value.size(), from});
        text_.append(value);
    }

    std::size_t size() const noexcept { return text_.size(); }

    /// Finds the credentials that no single value holds.
    void look(credential_search& search, found_parts& out) const {
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
                out.add({at->from + skipped,
                         static_cast<std::uint32_t>(std::min(at->size, end - at->at) - skipped), one.which});
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

std::vector<occurrence> credentials_across_values(std::string_view body, const credential_set& credentials,
                                                  const charge_bytes& charge) {
    std::size_t longest = 0;
    for (const auto& value : credentials.values()) {
        longest = std::max(longest, value.size());
    }
    if (longest == 0) {
        return {};
    }
    text::count_work(body.size());
    found_parts out{charge};
    auto& search = credentials.search();
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
                    found->second.look(search, out);
                    found->second.trim(overlap);
                }
            }
        }
        quote = body.find('"', std::min(end + 1, body.size()));
    }
    for (const auto& [name, each] : lanes) {
        each.look(search, out);
    }
    return std::move(out).take();
}

}  // namespace tapes::http
