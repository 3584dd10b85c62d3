#include "event_json.hpp"
#include "hub_core.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

// What a reader takes out of a hub.

namespace tapes::live {

namespace {

/// Names the place up to which the log was looked through.
message heartbeat_at(const std::string& id) {
    using namespace std::chrono;
    const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
    return {event_kind::heartbeat, id, heartbeat_json(id, now)};
}

}  // namespace

bool hub_core::take_inbox(reader_state& of, std::size_t max_bytes, std::vector<message>& into) {
    std::size_t bytes = 0;
    auto at = of.inbox.begin();
    for (; at != of.inbox.end() && bytes < max_bytes; ++at) {
        bytes += at->json.size();
        into.push_back(std::move(*at));
    }
    of.inbox.erase(of.inbox.begin(), at);
    if (!of.inbox.empty()) {
        return false;
    }
    of.wants_more = of.at < floor;
    if (of.wants_more) {
        work.notify_one();
    }
    return !of.wants_more && bytes < max_bytes;
}

/// Takes of the newest events, and where these are all taken, what is new of answers that are still coming.
std::vector<partial_news> hub_core::take_recent(reader_state& of, std::size_t max_bytes,
                                                std::vector<message>& into) {
    std::size_t bytes = 0;
    const auto first = std::ranges::upper_bound(recent, of.at, {}, &event::at);
    for (auto at = first; at != recent.end() && bytes < max_bytes; ++at) {
        const auto& one = **at;
        of.at = one.at;
        of.at_id = one.id;
        if (of.filter.takes(one.kind) && of.filter.takes(one.about)) {
            into.push_back({one.kind, one.id, one.json});
            bytes += one.json.size();
        }
    }
    if (bytes >= max_bytes) {
        return {};
    }
    if (of.at < end) {  // what it got from the store may be newer
        of.at = end;
        of.at_id = end_id;
    }
    return of.filter.partials ? partials.news(of.filter, of.sent, max_bytes - bytes)
                              : std::vector<partial_news>{};
}

std::vector<message> hub_core::take(reader_state& of, std::size_t max_bytes) {
    std::vector<message> taken;
    std::vector<partial_news> news;
    {
        const sync::lock_guard guard{mutex};
        of.woken = false;
        if (!of.opened) {
            return taken;
        }
        if (take_inbox(of, max_bytes, taken)) {
            news = take_recent(of, max_bytes, taken);
        }
        const auto now = std::chrono::steady_clock::now();
        const bool quiet = taken.empty() && news.empty();
        if (quiet && now - of.told >= options.heartbeat_interval) {
            taken.push_back(heartbeat_at(of.at_id));
        }
        of.told = quiet && taken.empty() ? of.told : now;
    }
    for (const auto& one : news) {
        taken.push_back({event_kind::partial, {}, partial_json(*one.answer, one.pieces)});
    }
    return taken;
}

}  // namespace tapes::live
