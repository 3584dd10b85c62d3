#include <tapes/export/secret_filter.hpp>
#include <tapes/export/secrets.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace tapes::exports {

namespace {

constexpr std::size_t most_places = 1000;

std::string mark_of(std::string_view kind) {
    return "[redacted: " + std::string{kind} + "]";
}

/// Moves over a JSON text and writes it again with other strings.
class json_rewriter {
public:
    json_rewriter(std::string_view from, std::string& to) : from_{from}, to_{to} {}

    /// `change(inside, name)` is given what a string says, and the name of the member that it is the value
    /// of, or ""; it returns whether it changed it. A name of a member is given without one.
    template <class Change>
    void run(Change&& change) {
        std::string name;
        std::string said;
        while (at_ < from_.size()) {
            const auto quote = std::min(from_.find('"', at_), from_.size());
            to_.append(from_.substr(at_, quote - at_));
            at_ = quote;
            if (at_ == from_.size()) {
                return;
            }
            said.clear();
            const auto size = text::decode_json_string(from_.substr(at_), said);
            if (size == 0) {
                // It is no JSON from here on.
                said.assign(from_.substr(at_));
                change(said, std::string_view{});
                to_.append(said);
                return;
            }
            const bool is_name = next_is_colon(at_ + size);
            const bool changed = change(said, is_name ? std::string_view{} : std::string_view{name});
            if (changed) {
                text::append_json_string(to_, said);
            } else {
                to_.append(from_.substr(at_, size));
            }
            name = is_name ? std::move(said) : std::string{};
            at_ += size;
        }
    }

private:
    bool next_is_colon(std::size_t at) const noexcept {
        const auto found = from_.find_first_not_of(" \t\r\n", at);
        return found != std::string_view::npos && from_[found] == ':';
    }

    std::string_view from_;
    std::string& to_;
    std::size_t at_ = 0;
};

}  // namespace

std::uint64_t secret_report::count() const noexcept {
    return std::accumulate(kinds.begin(), kinds.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& one) { return sum + one.second; });
}

std::string secret_report::line() const {
    if (kinds.empty()) {
        return "no secrets";
    }
    std::string made = std::to_string(count()) + (count() == 1 ? " secret:" : " secrets:");
    const char* comma = " ";
    for (const auto& [kind, number] : kinds) {
        made += comma + kind + " " + std::to_string(number);
        comma = ", ";
    }
    return made;
}

void secret_filter::count(std::string_view kind, double bits, std::string_view where) {
    least_bits_ = std::min(least_bits_, bits);
    auto found = report_.kinds.find(kind);
    if (found == report_.kinds.end()) {
        found = report_.kinds.emplace(std::string{kind}, 0).first;
    }
    ++found->second;
    auto& places = report_.places;
    if (!places.empty() && places.back().kind == kind && places.back().where == where) {
        ++places.back().count;
    } else if (places.size() < most_places) {
        places.push_back({std::string{kind}, std::string{where}, 1});
    } else {
        ++report_.more_places;
    }
}

double secret_filter::take_least_bits() noexcept {
    return std::exchange(least_bits_, unlimited);
}

std::string secret_filter::text(std::string_view from, std::string_view where) {
    std::string made;
    std::size_t at = 0;
    if (!keep_) {
        for (const auto& one : find_secrets(from)) {
            made.append(from.substr(at, one.first - at)).append(mark_of(one.kind));
            at = one.first + one.size;
            count(one.kind, one.bits, where);
        }
    }
    return made.append(from.substr(at));
}

std::string secret_filter::cut_text(std::string_view from, std::string_view where) {
    constexpr std::size_t longest_token = 512;
    auto made = text(from, where);
    if (keep_) {
        return made;
    }
    const auto space = made.find_last_of(" \t\r\n");
    const auto tail = space == std::string::npos ? made.size() : made.size() - space - 1;
    // The last word may be the beginning of a secret that is too short to be known as one.
    if (tail <= longest_token) {
        made.resize(made.size() - tail);
    }
    return made;
}

std::string secret_filter::member(std::string_view name, std::string_view value, std::string_view where) {
    constexpr std::string_view kind = "assigned-secret";
    if (!keep_ && !name.empty() && is_secret_member(name, value)) {
        count(kind, 0, where);
        return mark_of(kind);
    }
    return text(value, where);
}

std::string secret_filter::json(std::string_view from, std::string_view where) {
    if (keep_) {
        return std::string{from};
    }
    std::string made;
    made.reserve(from.size());
    json_rewriter{from, made}.run([&](std::string& said, std::string_view name) {
        const auto before = report_.count();
        auto cleaned = member(name, said, where);
        const bool changed = report_.count() != before;
        if (changed) {
            said = std::move(cleaned);
        }
        return changed;
    });
    return made;
}

void secret_filter::texts(std::span<std::string* const> all, std::string_view where) {
    if (keep_) {
        return;
    }
    std::string whole;
    std::vector<std::string_view> parts;
    for (const auto* const one : all) {
        whole += *one;
        parts.push_back(*one);
    }
    const auto found = find_secrets(parts);
    if (found.empty()) {
        return;
    }
    auto next = found.begin();
    std::size_t begin = 0;
    for (auto* const one : all) {
        const auto end = begin + one->size();
        std::string made;
        auto at = begin;
        for (; next != found.end() && next->first < end; ++next) {
            const bool begins_here = next->first >= begin;
            if (begins_here) {
                made.append(whole, at, next->first - at).append(mark_of(next->kind));
                count(next->kind, next->bits, where);
            }
            at = next->first + next->size;
            if (at > end) {
                break;  // it goes on in the next one
            }
        }
        if (at < end) {
            made.append(whole, at, end - at);
        }
        *one = std::move(made);
        begin = end;
    }
}

}  // namespace tapes::exports
