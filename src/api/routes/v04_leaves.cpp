#include "routes/v04_leaves.hpp"

#include "routes/meant.hpp"
#include "routes/query.hpp"

#include <tapes/catalogue/reader.hpp>
#include <tapes/merkle/digest.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t leaves_usual = 50;
constexpr std::size_t leaves_most = 5000;
constexpr std::size_t leaves_looked_at = 20'000;
constexpr std::size_t sessions_at_once = 100;
/// A node may be stored so much later than its exchange was accepted.
constexpr std::int64_t longest_answer_us = std::int64_t{3'600'000'000};
/// No time is later: it is beyond what RFC 3339 can write.
constexpr std::int64_t latest_us = std::int64_t{1'000'000'000'000'000'000};

/// The order of v0.4: by time, then by hash, both descending.
using leaf_place = std::pair<std::int64_t, merkle::digest>;

leaf_place place_of(const store::node_row& node) {
    return {node.created_at_us, node.hash};
}

[[noreturn]] void refuse_next_cursor() {
    throw std::invalid_argument{"the parameter cursor must be `next_cursor` of the page before"};
}

struct leaf_choice {
    std::string project, agent, model, provider;
    std::optional<std::int64_t> since_us, until_us;
    std::optional<leaf_place> before;

    bool takes(const store::node_row& node) const {
        const auto is = [](const std::string& wanted, const std::string& given) {
            return wanted.empty() || wanted == given;
        };
        return is(project, node.project) && is(agent, node.agent_name) && is(model, node.model) &&
               is(provider, node.provider) && (!since_us || node.created_at_us >= *since_us) &&
               (!until_us || node.created_at_us <= *until_us) && (!before || place_of(node) < *before);
    }
};

/// Where the leaves of the sessions before have all been told: at a session, behind so many of its leaves.
struct leaf_scan {
    catalogue::session_place at{};
    std::size_t behind = 0;
};

/// Where a page begins: behind a leaf of those that are found from a place on. Each may be missing.
struct leaf_start {
    std::optional<leaf_place> before;
    std::optional<leaf_scan> scan;
};

constexpr std::string_view scan_mark = "s";

/// `TIME.HASH`, `sTIME-SESSION-COUNT`, or both with a dot between them.
std::string text_of(const leaf_start& at) {
    std::string made;
    if (at.before) {
        made = std::to_string(at.before->first) + "." + merkle::to_hex(at.before->second);
    }
    if (at.scan) {
        made.append(made.empty() ? "" : ".").append(scan_mark);
        made += std::to_string(at.scan->at.last_at_us) + "-" + std::to_string(at.scan->at.id) + "-" +
                std::to_string(at.scan->behind);
    }
    return made;
}

std::int64_t number_of_cursor(std::string_view text) {
    const auto number = parse_number<std::int64_t>(text);
    if (!number || *number < 0) {
        refuse_next_cursor();
    }
    return *number;
}

std::string_view take_until(std::string_view& text, char end) {
    const auto part = text.substr(0, text.find(end));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

leaf_start leaf_cursor(const asked& from) {
    const auto given = from.text("cursor");
    std::string_view left{given};
    leaf_start made;
    if (!left.empty() && !left.starts_with(scan_mark)) {
        const auto moment = number_of_cursor(take_until(left, '.'));
        const auto hash = merkle::from_hex(take_until(left, '.'));
        if (!hash) {
            refuse_next_cursor();
        }
        made.before = leaf_place{std::min(moment, latest_us), *hash};
    }
    if (left.starts_with(scan_mark)) {
        left.remove_prefix(scan_mark.size());
        auto& scan = made.scan.emplace();
        scan.at.last_at_us = number_of_cursor(take_until(left, '-'));
        scan.at.id = std::min(number_of_cursor(take_until(left, '-')), latest_us);
        scan.behind = static_cast<std::size_t>(number_of_cursor(left));
    } else if (!left.empty()) {
        refuse_next_cursor();
    }
    return made;
}

class leaf_finder {
public:
    leaf_finder(record& from, leaf_choice choice, std::optional<leaf_scan> start, std::size_t limit)
        : from_{from}, choice_{std::move(choice)}, start_{start}, limit_{limit} {}

    /// The newest `limit` leaves. Where too many were looked at, those that were found until then, with the
    /// place to go on from.
    leaf_page find() {
        scan();
        sort();
        leaf_page page;
        if (found_.size() > limit_) {
            found_.resize(limit_);
            page.next = text_of({place_of(found_.back()), start_});
        } else if (reached_) {
            page.next = text_of({std::nullopt, reached_});
        }
        page.leaves.reserve(found_.size());
        for (auto& leaf : found_) {
            const auto behind = text_of({place_of(leaf), start_});
            page.leaves.push_back({std::move(leaf), behind});
        }
        return page;
    }

private:
    /// Names are not among it: the project of an unnamed session may be another one than that of its nodes.
    catalogue::session_filter filter() const {
        catalogue::session_filter made;
        if (choice_.since_us) {
            made.since_us = std::max(*choice_.since_us, longest_answer_us) - longest_answer_us;
        }
        if (choice_.until_us || choice_.before) {
            const auto until = std::min(choice_.until_us.value_or(latest_us),
                                        choice_.before ? choice_.before->first : latest_us);
            made.until_us = std::min(until, latest_us) + longest_answer_us;
        }
        return made;
    }

    void scan() {
        auto& all = catalogue_of(from_);
        const auto chosen = filter();
        std::optional<catalogue::session_place> after;
        if (start_) {
            after = {start_->at.last_at_us, start_->at.id + 1};  // with that session
        }
        while (true) {
            const auto sessions = all.sessions(chosen, sessions_at_once, after);
            for (const auto& session : sessions) {
                add_leaves(session);
                if (reached_) {
                    return;
                }
            }
            if (sessions.size() < sessions_at_once || is_complete(sessions.back().last_at_us)) {
                return;
            }
            after = {sessions.back().last_at_us, sessions.back().id};
        }
    }

    void add_leaves(const catalogue::session& session) {
        auto& all = catalogue_of(from_);
        const bool begun = start_ && start_->at.id == session.id;
        const std::size_t told = begun ? start_->behind : 0;
        std::size_t place = 0;
        for (const auto& thread : all.threads(session.id)) {
            for (const auto leaf : all.leaves(thread.id)) {
                if (place++ < told) {
                    continue;
                }
                if (looked_ == leaves_looked_at) {
                    reached_ = leaf_scan{{session.last_at_us, session.id}, place - 1};
                    return;
                }
                ++looked_;
                if (auto row = from_.from().chains.row(leaf); row && choice_.takes(*row)) {
                    found_.push_back(*std::move(row));
                }
            }
        }
    }

    /// Later sessions have no newer leaves than those that were found.
    bool is_complete(std::int64_t last_at_us) {
        if (found_.size() <= limit_) {
            return false;
        }
        sort();
        return last_at_us + longest_answer_us < found_[limit_].created_at_us;
    }

    void sort() {
        std::ranges::sort(found_, std::greater{}, place_of);
        const auto same = std::ranges::unique(found_, {}, &store::node_row::id);
        found_.erase(same.begin(), same.end());
    }

    record& from_;
    leaf_choice choice_;
    std::optional<leaf_scan> start_;
    std::size_t limit_;
    std::size_t looked_ = 0;
    std::optional<leaf_scan> reached_;  ///< where it ended, for too many were looked at
    std::vector<store::node_row> found_;
};

}  // namespace

std::vector<parameter_about> leaf_parameters() {
    return {text_about("project", "Its whole name."),       text_about("agent_name", "Its whole name."),
            text_about("model", "Its whole name."),         text_about("provider", "Its whole name."),
            moment_about("since", "Stored then or later."), moment_about("until", "Stored until then."),
            limit_about(leaves_usual, leaves_most),         cursor_about()};
}

leaf_page find_leaves(const asked& from, record& record) {
    const auto limit = from.number("limit", leaves_usual, 1, leaves_most);
    auto start = leaf_cursor(from);
    leaf_choice choice{from.text("project"),  from.text("agent_name"), from.text("model"),
                       from.text("provider"), from.moment("since"),    from.moment("until"),
                       start.before};
    return leaf_finder{record, std::move(choice), start.scan, limit}.find();
}

}  // namespace tapes::api
