#include "query/session_list.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_set>
#include <utility>

namespace tapes::catalogue {

namespace {

/// So many kinds are gone through side by side; where a filter lets more through, it lets most sessions
/// through.
constexpr std::size_t most_kinds = 512;
constexpr std::size_t most_at_once = 10'000;
constexpr std::int64_t earliest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();

/// The sessions of one kind, the newest first.
class kind_scan {
public:
    kind_scan(std::int64_t kind, const session_place& behind) : kind_{kind}, behind_{behind} {}

    const session_place& front() const { return found_[at_]; }
    /// Goes on to the next one that is at hand. False where there is none.
    bool next() { return ++at_ < found_.size(); }

    /// Reads the next ones. False where there are no more.
    bool read(reader::impl& from, const chosen& rest, std::int64_t count) {
        if (over_) {
            return false;
        }
        chosen all;
        all.add("kind = ?", kind_);
        all.add("last_at <= ?", behind_.last_at_us);
        all.add("(last_at < ?", behind_.last_at_us);
        all.where += " OR id < ?)";
        all.values.emplace_back(behind_.id);
        all.where += rest.where;
        all.values.insert(all.values.end(), rest.values.begin(), rest.values.end());
        all.values.emplace_back(count);
        found_.clear();
        at_ = 0;
        auto& row = from.query(
            "SELECT last_at, id FROM session" + all.where + " ORDER BY last_at DESC, id DESC LIMIT ?",
            all.values);
        const sqlite::reset_at_end guard{row};
        while (row.step()) {
            found_.push_back({row.integer_at(0), row.integer_at(1)});
        }
        over_ = found_.size() < static_cast<std::size_t>(count);
        if (!found_.empty()) {
            behind_ = found_.back();
        }
        return !found_.empty();
    }

private:
    std::int64_t kind_;
    session_place behind_;
    std::vector<session_place> found_;
    std::size_t at_ = 0;
    bool over_ = false;
};

bool comes_later(const kind_scan* one, const kind_scan* other) {
    return std::pair{one->front().last_at_us, one->front().id} <
           std::pair{other->front().last_at_us, other->front().id};
}

/// The kinds that a filter lets through.
std::vector<known_kind> kinds_of(reader::impl& from, const session_filter& filter,
                                 const std::vector<known_kind>& all) {
    using member = std::pair<const std::string session_filter::*, std::int64_t session_kind::*>;
    constexpr member members[] = {{&session_filter::project, &session_kind::project},
                                  {&session_filter::agent_name, &session_kind::agent},
                                  {&session_filter::client, &session_kind::client},
                                  {&session_filter::caller, &session_kind::caller},
                                  {&session_filter::provider, &session_kind::provider},
                                  {&session_filter::model, &session_kind::model}};
    std::vector<known_kind> made = all;
    for (const auto& [text, id] : members) {
        if (!(filter.*text).empty()) {
            const auto wanted = from.id_of(filter.*text);
            std::erase_if(made, [&](const auto& one) { return wanted == 0 || one.kind.*id != wanted; });
        }
    }
    if (filter.errors) {
        std::erase_if(made, [](const auto& one) { return one.kind.errors == 0; });
    }
    return made;
}

/// What is asked of sessions beside their kind and the place where the list goes on.
chosen rest_of(const session_filter& filter) {
    chosen made;
    const auto add = [&](const char* condition, bound_value value) {
        made.where += std::string{" AND "} + condition;
        made.values.push_back(std::move(value));
    };
    add("last_at >= ?", filter.since_us.value_or(earliest));
    if (filter.until_us) {
        add("first_at < ?", *filter.until_us);
    }
    if (!filter.title_part.empty()) {
        add("title LIKE ? ESCAPE '\\'", title_pattern(filter.title_part));
    }
    if (!filter.name_prefix.empty()) {
        add("+name >= ?", filter.name_prefix);
        add("+name < ?", behind(filter.name_prefix));
    }
    return made;
}

/// Where the sessions of a kind begin of which some may have begun before `until_us`.
session_place begin_of(const session_kind& kind, const session_filter& filter,
                       const std::optional<session_place>& after) {
    session_place made = after.value_or(session_place{latest, latest});
    const auto lasting = static_cast<std::size_t>(kind.lasting);
    if (filter.until_us && lasting < lasting_bounds.size()) {
        const auto end = *filter.until_us < latest - lasting_bounds[lasting]
                             ? *filter.until_us + lasting_bounds[lasting]
                             : latest;
        made = end < made.last_at_us ? session_place{end, latest} : made;
    }
    return made;
}

}  // namespace

std::string behind(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) {
        prefix.pop_back();
    }
    if (!prefix.empty()) {
        prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    }
    return prefix;
}

std::string title_pattern(const std::string& part) {
    std::string made{"%"};
    for (const char c : part) {
        made += c == '%' || c == '_' || c == '\\' ? std::string{'\\', c} : std::string{c};
    }
    return made + "%";
}

std::optional<std::vector<std::int64_t>> list_by_kinds(reader::impl& from, const session_filter& filter,
                                                       std::size_t most,
                                                       const std::optional<session_place>& after) {
    const bool by_time = filter.project.empty() && filter.agent_name.empty() && filter.client.empty() &&
                         filter.caller.empty() && filter.provider.empty() && filter.model.empty() &&
                         !filter.errors && !filter.until_us;
    const reader::impl::pin same_file{from};
    const auto* const all = by_time ? nullptr : from.kinds();
    if (all == nullptr) {
        return std::nullopt;
    }
    const auto kinds = kinds_of(from, filter, *all);
    if (kinds.size() > most_kinds) {
        return std::nullopt;
    }
    const auto rest = rest_of(filter);
    // Few of each at first: of many kinds most give none to the page.
    const auto count =
        static_cast<std::int64_t>(std::min(most, most_at_once) / std::max<std::size_t>(kinds.size(), 1) + 2);
    std::vector<kind_scan> scans;
    scans.reserve(kinds.size());
    for (const auto& one : kinds) {
        scans.emplace_back(one.id, begin_of(one.kind, filter, after));
    }
    std::vector<kind_scan*> heap;
    for (auto& one : scans) {
        if (one.read(from, rest, count)) {
            heap.push_back(&one);
        }
    }
    std::ranges::make_heap(heap, comes_later);
    std::vector<std::int64_t> found;
    std::unordered_set<std::int64_t> seen;
    while (!heap.empty() && found.size() < most) {
        std::ranges::pop_heap(heap, comes_later);
        auto* const one = heap.back();
        if (seen.insert(one->front().id).second) {  // it may become of another kind meanwhile
            found.push_back(one->front().id);
        }
        if (one->next() || one->read(from, rest, 2 * count)) {
            std::ranges::push_heap(heap, comes_later);
        } else {
            heap.pop_back();
        }
    }
    return found;
}

}  // namespace tapes::catalogue
