#include "access/admin_channel.hpp"
#include "commands/counted.hpp"
#include "commands/moments.hpp"

#include <tapes/api/letter_routes.hpp>
#include <tapes/app/dead_letters.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/text/utf8.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace tapes::app {

namespace {

using nlohmann::ordered_json;

store::letter_filter filter_of(const letter_choice& choice) {
    store::letter_filter made;
    made.ids = choice.ids;
    for (const auto& name : choice.states) {
        const auto state = store::letter_state_of(name);
        if (!state) {
            throw usage_error{"--state \"" + name + "\": give pending, scheduled, retried or discarded"};
        }
        made.states.push_back(*state);
    }
    made.topic = choice.topic;
    made.event_type = choice.event_type;
    made.source = choice.source;
    made.received_from_us = moment_flag("--since", choice.since).value_or(0);
    made.received_until_us = moment_flag("--until", choice.until).value_or(0);
    return made;
}

/// The beginning of a text's first line; no character is cut.
std::string cut(const std::string& text, std::size_t longest) {
    const auto line = text.substr(0, text.find('\n'));
    const auto end = text::character_start(line, std::min(line.size(), longest));
    return end < line.size() ? line.substr(0, end) + "…" : line;
}

void print_row(const store::kept_letter& letter, printer& out) {
    out << left(7, static_cast<std::uint64_t>(letter.id)) << left(11, store::name_of(letter.state))
        << left(22, shown_moment(letter.received_at_us))
        << left(4, static_cast<std::uint64_t>(letter.attempts)) << "  " << letter.topic << "  "
        << cut(letter.event_id, 16) << "  " << cut(letter.reason, 80) << "\n";
}

/// Returns the query of a change. Throws usage_error when no letters were chosen.
std::string change_query(const letter_choice& choice, const store::letter_filter& filter) {
    auto query = api::filter_query(filter);
    if (query.empty()) {
        if (!choice.all) {
            throw usage_error{"choose dead letters by number, --topic, --since …, or give --all"};
        }
        query = "all=true";
    }
    return query;
}

std::uint64_t count_of(const std::string& body, const char* name) {
    const auto answer = ordered_json::parse(body, nullptr, false);
    return answer.is_object() && answer.contains(name) ? answer[name].get<std::uint64_t>() : 0;
}

/// Throws std::runtime_error when one of the numbers does not exist.
void check_ids(const std::string& path, const std::vector<std::int64_t>& ids) {
    if (ids.empty()) {
        return;
    }
    store::letter_reader in{path};
    std::string missing;
    for (const auto id : ids) {
        if (!in.find(id)) {
            missing += (missing.empty() ? "" : ", ") + std::to_string(id);
        }
    }
    if (!missing.empty()) {
        throw std::runtime_error{"there is no dead letter " + missing + "; see tapes dlq list"};
    }
}

}  // namespace

int list_letters(const config::settings& settings, const letter_choice& choice, std::size_t limit, bool json,
                 printer& out) {
    const auto filter = filter_of(choice);  // wrong use is reported first
    const auto found = store::letter_reader{settings.storage.sqlite_path}.list(filter, limit);
    if (!json && found.empty()) {
        out << "no dead letters\n";
        return 0;
    }
    if (!json) {
        out << "number state      received              tries topic  event  reason\n";
    }
    for (const auto& letter : found) {
        json ? out.json(api::letter_json(letter)) : print_row(letter, out);
    }
    return 0;
}

int show_letter(const config::settings& settings, std::int64_t id, bool json, printer& out) {
    store::letter_reader in{settings.storage.sqlite_path};
    const auto letter = in.find(id);
    if (!letter) {
        throw std::runtime_error{"there is no dead letter " + std::to_string(id)};
    }
    const auto text = api::letter_json(*letter, in.history(id));
    out.json(json ? text : ordered_json::parse(text).dump(2));
    return 0;
}

int letter_stats(const config::settings& settings, bool json, printer& out) {
    const auto text = api::letter_stats_json(store::letter_reader{settings.storage.sqlite_path}.totals());
    if (json) {
        out.json(text);
        return 0;
    }
    const auto totals = ordered_json::parse(text);
    out << "pending    scheduled  retried    discarded  topic\n";
    const auto row = [&](const ordered_json& counts, const std::string& name) {
        for (const auto* state : {"pending", "scheduled", "retried", "discarded"}) {
            out << left(11, counts[state].get<std::uint64_t>());
        }
        out << name << "\n";
    };
    for (const auto& topic : totals["topics"]) {
        row(topic, topic["topic"].get<std::string>());
    }
    row(totals, "(all)");
    return 0;
}

int retry_letters(const config::settings& settings, const letter_choice& choice, bool dry_run, printer& out) {
    const auto filter = filter_of(choice);
    const auto query = change_query(choice, filter);
    check_ids(settings.storage.sqlite_path, choice.ids);
    if (dry_run) {
        out << counted(store::letter_reader{settings.storage.sqlite_path}.count_open(filter), "dead letter")
            << ": would be tried again\n";
        return 0;
    }
    admin_channel channel{settings};
    const auto count = count_of(channel.send({"POST", "/v1/dead-letters/retry", query, {}, {}}), "scheduled");
    out << counted(count, "dead letter")
        << (count == 0       ? words{" to try again\n"}
            : channel.live() ? words{": tried again now\n"}
                             : words{": tried again when tapes runs\n"});
    return 0;
}

int discard_letters(const config::settings& settings, const letter_choice& choice, const std::string& reason,
                    bool dry_run, printer& out) {
    const auto filter = filter_of(choice);
    auto query = change_query(choice, filter);
    check_ids(settings.storage.sqlite_path, choice.ids);
    if (dry_run) {
        out << counted(store::letter_reader{settings.storage.sqlite_path}.count_open(filter), "dead letter")
            << ": would be discarded\n";
        return 0;
    }
    admin_channel channel{settings};
    query += "&" + api::reason_query(reason);
    const auto count =
        count_of(channel.send({"POST", "/v1/dead-letters/discard", query, {}, {}}), "discarded");
    out << counted(count, "dead letter") << ": discarded\n";
    return 0;
}

}  // namespace tapes::app
