#include "access/admin_channel.hpp"
#include "commands/counted.hpp"
#include "commands/moments.hpp"

#include <tapes/api/letter_routes.hpp>
#include <tapes/app/dead_letters.hpp>
#include <tapes/app/usage_error.hpp>

#include <nlohmann/json.hpp>

#include <iomanip>
#include <ostream>
#include <stdexcept>

namespace tapes::app {

namespace {

using nlohmann::ordered_json;

store::letter_filter filter_of(const letter_choice& which) {
    store::letter_filter made;
    made.ids = which.ids;
    for (const auto& name : which.states) {
        const auto state = store::letter_state_of(name);
        if (!state) {
            throw usage_error{"--state \"" + name + "\": give pending, scheduled, retried or discarded"};
        }
        made.states.push_back(*state);
    }
    made.topic = which.topic;
    made.event_type = which.event_type;
    made.source = which.source;
    made.received_from_us = moment_flag("--since", which.since).value_or(0);
    made.received_until_us = moment_flag("--until", which.until).value_or(0);
    return made;
}

std::string cut(const std::string& text, std::size_t longest) {
    const auto line = text.substr(0, text.find('\n'));
    return line.size() > longest ? line.substr(0, longest) + "…" : line;
}

void print_row(const store::kept_letter& letter, std::ostream& out) {
    out << std::left << std::setw(7) << letter.id << std::setw(11) << store::name_of(letter.state)
        << std::setw(22) << shown_moment(letter.received_at_us) << std::setw(4) << letter.attempts << "  "
        << letter.topic << "  " << cut(letter.event_id, 16) << "  " << cut(letter.reason, 80) << "\n";
}

/// The query of a change; throws where nothing was chosen.
std::string change_query(const letter_choice& which, const store::letter_filter& filter) {
    auto query = api::filter_query(filter);
    if (query.empty()) {
        if (!which.all) {
            throw usage_error{"choose dead letters by number, --topic, --since …, or give --all"};
        }
        query = "all=true";
    }
    return query;
}

std::uint64_t count_of(const std::string& body, const char* name) {
    const auto said = ordered_json::parse(body, nullptr, false);
    return said.is_object() && said.contains(name) ? said[name].get<std::uint64_t>() : 0;
}

/// Throws where a number is of no dead letter.
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

int list_letters(const config::settings& how, const letter_choice& which, std::size_t limit, bool json,
                 std::ostream& out) {
    const auto filter = filter_of(which);  // wrong use is told first
    const auto found = store::letter_reader{how.storage.sqlite_path}.list(filter, limit);
    if (!json && found.empty()) {
        out << "no dead letters\n";
        return 0;
    }
    if (!json) {
        out << "number state      received              tries topic  event  reason\n";
    }
    for (const auto& letter : found) {
        json ? void(out << api::letter_json(letter) << "\n") : print_row(letter, out);
    }
    return 0;
}

int show_letter(const config::settings& how, std::int64_t id, bool json, std::ostream& out) {
    store::letter_reader in{how.storage.sqlite_path};
    const auto letter = in.find(id);
    if (!letter) {
        throw std::runtime_error{"there is no dead letter " + std::to_string(id)};
    }
    const auto text = api::letter_json(*letter, in.history(id));
    out << (json ? text : ordered_json::parse(text).dump(2)) << "\n";
    return 0;
}

int letter_stats(const config::settings& how, bool json, std::ostream& out) {
    const auto text = api::letter_stats_json(store::letter_reader{how.storage.sqlite_path}.totals());
    if (json) {
        out << text << "\n";
        return 0;
    }
    const auto said = ordered_json::parse(text);
    out << std::left << std::setw(11) << "pending" << std::setw(11) << "scheduled" << std::setw(11)
        << "retried" << std::setw(11) << "discarded"
        << "topic\n";
    const auto row = [&](const ordered_json& of, const std::string& name) {
        for (const auto* state : {"pending", "scheduled", "retried", "discarded"}) {
            out << std::setw(11) << of[state].get<std::uint64_t>();
        }
        out << name << "\n";
    };
    for (const auto& topic : said["topics"]) {
        row(topic, topic["topic"].get<std::string>());
    }
    row(said, "(all)");
    return 0;
}

int retry_letters(const config::settings& how, const letter_choice& which, bool dry_run, std::ostream& out) {
    const auto filter = filter_of(which);
    const auto query = change_query(which, filter);
    check_ids(how.storage.sqlite_path, which.ids);
    if (dry_run) {
        out << counted(store::letter_reader{how.storage.sqlite_path}.count_open(filter), "dead letter")
            << ": would be tried again\n";
        return 0;
    }
    admin_channel channel{how};
    const auto count = count_of(channel.ask({"POST", "/v1/dead-letters/retry", query, {}, {}}), "scheduled");
    out << counted(count, "dead letter")
        << (count == 0       ? " to try again\n"
            : channel.live() ? ": tried again now\n"
                             : ": tried again when tapes runs\n");
    return 0;
}

int discard_letters(const config::settings& how, const letter_choice& which, const std::string& reason,
                    bool dry_run, std::ostream& out) {
    const auto filter = filter_of(which);
    auto query = change_query(which, filter);
    check_ids(how.storage.sqlite_path, which.ids);
    if (dry_run) {
        out << counted(store::letter_reader{how.storage.sqlite_path}.count_open(filter), "dead letter")
            << ": would be discarded\n";
        return 0;
    }
    admin_channel channel{how};
    query += "&" + api::reason_query(reason);
    const auto count =
        count_of(channel.ask({"POST", "/v1/dead-letters/discard", query, {}, {}}), "discarded");
    out << counted(count, "dead letter") << ": discarded\n";
    return 0;
}

}  // namespace tapes::app
