#include "routes/json.hpp"

#include <tapes/api/letter_routes.hpp>
#include <tapes/publish/dead_letter_record.hpp>
#include <tapes/text/rfc3339.hpp>

#include <nlohmann/json.hpp>

#include <array>

namespace tapes::api {

namespace {

using nlohmann::ordered_json;

std::string time_text(std::int64_t us) {
    std::string text;
    text::append_rfc3339(text, us);
    return text;
}

/// The value of the member that publish::append_bytes makes.
void add_bytes(ordered_json& to, std::string_view name, std::string_view bytes) {
    std::string member;
    publish::append_bytes(member, name, bytes);
    member.front() = '{';
    to.update(ordered_json::parse(member + "}"));
}

void add_time(ordered_json& to, const char* name, std::int64_t us) {
    if (us != 0) {
        to[name] = time_text(us);
    }
}

ordered_json letter_object(const store::kept_letter& letter) {
    ordered_json made{{"id", letter.id}, {"state", store::name_of(letter.state)}, {"source", letter.source}};
    if (letter.seq != 0) {
        made["seq"] = letter.seq;
    }
    made["event_id"] = letter.event_id;
    made["event_type"] = letter.event_type;
    made["topic"] = letter.topic;
    if (letter.partition >= 0) {
        made["partition"] = letter.partition;
        made["offset"] = letter.offset;
    }
    add_bytes(made, "key", letter.key);
    made["reason"] = letter.reason;
    if (!letter.discard_reason.empty()) {
        made["discard_reason"] = letter.discard_reason;
    }
    made["attempts"] = letter.attempts;
    made["retries"] = letter.retries;
    add_time(made, "received_at", letter.received_at_us);
    add_time(made, "last_at", letter.last_at_us);
    add_time(made, "changed_at", letter.changed_at_us);
    if (letter.state == store::letter_state::scheduled) {
        add_time(made, "due_at", letter.due_at_us);
    }
    if (letter.payload) {
        made["payload_bytes"] = letter.payload->size();
        add_bytes(made, "payload", *letter.payload);
    }
    return made;
}

}  // namespace

std::string letter_json(const store::kept_letter& letter) {
    return json_text(letter_object(letter));
}

std::string letter_json(const store::kept_letter& letter, const std::vector<store::kept_change>& history) {
    auto made = letter_object(letter);
    made["history"] = ordered_json::array();
    for (const auto& change : history) {
        made["history"].push_back({{"what", store::name_of(change.kind)},
                                   {"at", time_text(change.at_us)},
                                   {"attempts", change.attempts},
                                   {"reason", change.reason}});
    }
    return json_text(made);
}

std::string letter_stats_json(const std::vector<store::letter_reader::total>& totals) {
    ordered_json made{{"topics", ordered_json::array()}};
    constexpr std::array states{store::letter_state::pending, store::letter_state::scheduled,
                                store::letter_state::retried, store::letter_state::discarded};
    std::array<std::uint64_t, states.size()> sums{};
    for (const auto& total : totals) {
        auto& topics = made["topics"];
        if (topics.empty() || topics.back()["topic"] != total.topic) {
            topics.push_back({{"topic", total.topic}});
            for (const auto state : states) {
                topics.back()[std::string{store::name_of(state)}] = 0;
            }
        }
        auto& topic = topics.back();
        topic[std::string{store::name_of(total.state)}] = total.count;
        sums[static_cast<std::size_t>(total.state)] += total.count;
        const bool open =
            total.state == store::letter_state::pending || total.state == store::letter_state::scheduled;
        if (open) {
            const auto oldest = time_text(total.oldest_us);
            if (!topic.contains("oldest_open") || oldest < topic["oldest_open"].get<std::string>()) {
                topic["oldest_open"] = oldest;
            }
        }
    }
    for (const auto state : states) {
        made[std::string{store::name_of(state)}] = sums[static_cast<std::size_t>(state)];
    }
    return json_text(made);
}

}  // namespace tapes::api
