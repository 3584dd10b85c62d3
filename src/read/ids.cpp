#include <tapes/read/ids.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/hex.hpp>
#include <tapes/text/rfc3339.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>

namespace tapes::read {

namespace {

constexpr std::size_t most_back = 10'000;

named named_session(const catalogue::session& from) {
    return {named_kind::session, from.id, from.name, from.last_at_us, from.title};
}

named named_exchange(const store::seen_exchange& from) {
    named made{named_kind::exchange, from.seq, from.id, 0, from.method + " " + from.path};
    made.at_us = text::read_rfc3339(from.started_at).value_or(0);
    if (!from.model.empty()) {
        made.about += " " + from.model;
    }
    return made;
}

std::optional<named> named_node(sources& from, std::int64_t node) {
    const auto row = from.chains.row(node);
    if (!row) {
        return std::nullopt;
    }
    return named{named_kind::node, node, merkle::to_hex(row->hash), row->created_at_us, row->role};
}

/// `@` and `@3`: the newest session and those before it.
std::vector<named> session_back(sources& from, std::string_view count) {
    std::size_t back = 0;
    const auto* const end = count.data() + count.size();
    const auto read = std::from_chars(count.data(), end, back);
    const bool good = count.empty() || (read.ec == std::errc{} && read.ptr == end && back < most_back);
    if (!good || !from.catalogue) {
        return {};
    }
    auto newest = from.catalogue->sessions({}, back + 1);
    return newest.size() <= back ? std::vector<named>{} : std::vector{named_session(newest[back])};
}

bool has_digits(std::string_view name) {
    return name.size() >= least_digits;
}

void add_sessions(sources& from, std::string_view name, std::size_t most, std::vector<named>& found) {
    if (from.catalogue) {
        for (const auto& one : from.catalogue->sessions_by_name(name, most)) {
            found.push_back(named_session(one));
        }
    }
}

void add_nodes(sources& from, std::string_view name, std::size_t most, std::vector<named>& found) {
    for (const auto node : has_digits(name) ? from.chains.find(name, most) : std::vector<std::int64_t>{}) {
        if (auto one = named_node(from, node)) {
            // A session that no client has named has the name of its root.
            const bool known = std::ranges::any_of(found, [&](const named& other) {
                return other.kind == named_kind::session && other.name == one->name;
            });
            if (!known) {
                found.push_back(std::move(*one));
            }
        }
    }
}

/// Whether digits can begin the UUID of an exchange, whose first twelve are the milliseconds at which it was
/// accepted (RFC 9562 §5.7): those of most hashes are no time between the first version of tapes and now, and
/// exchanges are not looked for in vain.
bool may_be_exchange(std::string_view name) {
    constexpr std::size_t time_digits = 12;
    constexpr std::uint64_t year_2020_ms = 1'577'836'800'000;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::size_t count = 0;
    for (const char c : name) {
        const auto value = text::hex_value(c);
        if (value >= 0 && count < time_digits) {
            first = first << 4U | static_cast<std::uint64_t>(value);
            last = last << 4U | static_cast<std::uint64_t>(value);
            ++count;
        } else if (value < 0 && c != '-') {
            return false;
        }
    }
    for (; count < time_digits; ++count) {
        first <<= 4U;
        last = last << 4U | 0xFU;
    }
    using namespace std::chrono;
    const auto soon = duration_cast<milliseconds>((system_clock::now() + days{1}).time_since_epoch()).count();
    return last >= year_2020_ms && first <= static_cast<std::uint64_t>(soon);
}

void add_exchanges(sources& from, std::string_view name, std::size_t most, std::vector<named>& found) {
    const bool number = std::ranges::all_of(name, text::is_digit);
    for (const auto& one : number || (has_digits(name) && may_be_exchange(name))
                               ? from.names.find(name, most)
                               : std::vector<store::seen_exchange>{}) {
        found.push_back(named_exchange(one));
    }
}

bool is_whole(const named& one, std::string_view name) {
    return text::equal_ignoring_case(one.name, name) ||
           (one.kind == named_kind::exchange && std::to_string(one.id) == name);
}

}  // namespace

std::string_view to_string(named_kind value) noexcept {
    switch (value) {
        case named_kind::session:
            return "session";
        case named_kind::exchange:
            return "exchange";
        default:
            return "node";
    }
}

std::vector<named> find_named(sources& from, std::string_view name, std::size_t most) {
    std::vector<named> found;
    if (name.empty()) {
        return found;
    }
    if (name.front() == '@') {
        return session_back(from, name.substr(1));
    }
    add_sessions(from, name, most, found);
    add_nodes(from, name, most, found);
    add_exchanges(from, name, most, found);
    const auto whole = std::ranges::find_if(found, [&](const named& one) { return is_whole(one, name); });
    if (whole != found.end()) {
        return {*whole};
    }
    return found;
}

std::vector<std::int64_t> sessions_named(sources& from, std::string_view name, std::size_t most) {
    std::vector<std::int64_t> found;
    if (name.starts_with('@')) {
        for (const auto& one : session_back(from, name.substr(1))) {
            found.push_back(one.id);
        }
        return found;
    }
    if (name.empty() || !from.catalogue) {
        return found;
    }
    const auto sessions = from.catalogue->sessions_by_name(name, most);  // those of just this name come first
    const bool whole = !sessions.empty() && sessions.front().name == name;
    for (const auto& one : sessions) {
        if (!whole || one.name == name) {
            found.push_back(one.id);
        }
    }
    return found;
}

}  // namespace tapes::read
