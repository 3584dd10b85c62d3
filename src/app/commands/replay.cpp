#include "access/replay_writer.hpp"
#include "commands/moments.hpp"
#include "commands/progress_bar.hpp"
#include "commands/replay_request.hpp"
#include "commands/replay_run.hpp"
#include "process/log.hpp"
#include "process/signals.hpp"

#include <tapes/api/replay_routes.hpp>
#include <tapes/app/replay.hpp>
#include <tapes/publish/replay_source.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/reading_place.hpp>

#include <filesystem>
#include <limits>
#include <map>

namespace tapes::app {

namespace {

using store::replay_state;

/// Starts a log of warnings alone, because the command writes its own messages.
void start_quiet_log(const config::settings& settings) {
    auto quiet = settings.log;
    quiet.level = std::max(quiet.level, config::log_level::warn);
    start_log(quiet);
}

void check_file(const store::replay& wanted) {
    std::error_code ignored;
    const auto destination = destination_of(wanted.to);
    if (!destination.file.empty() && std::filesystem::exists(destination.file, ignored)) {
        throw usage_error{destination.file + " exists already; name another file"};
    }
}

/// Shows what a replay would send.
int tell_only(const std::string& path, const store::replay& wanted, printer& out) {
    std::map<std::string, std::uint64_t> by_type;
    std::uint64_t turns = 0;
    std::uint64_t bytes = 0;
    std::uint64_t last_seq = 0;
    std::int64_t first_us = std::numeric_limits<std::int64_t>::max();
    std::int64_t last_us = 0;
    {
        progress_bar bar;
        const auto show = bar.shower();
        const auto from = publish::make_store_replay(path, wanted.choice, wanted.last_seq);
        event::event_record record;
        while (const auto step = from->next()) {
            from->make(record, *step, 0);
            ++by_type[record.type];
            bytes += record.key.size() + record.value.size();
            turns += step->seq == last_seq ? 0 : 1;
            last_seq = step->seq;
            first_us = std::min(first_us, step->at_us);
            last_us = std::max(last_us, step->at_us);
            if (show) {
                show("looking", last_seq, wanted.last_seq);
            }
        }
    }
    std::uint64_t events = 0;
    for (const auto& [type, count] : by_type) {
        events += count;
    }
    out << "would send " << events << " events of " << turns << " turns, " << bytes << " bytes";
    out << (wanted.to.empty() ? "" : " to " + wanted.to) << "\n";
    for (const auto& [type, count] : by_type) {
        out << "  " << type << ": " << count << "\n";
    }
    if (events != 0) {
        out << "recorded from " << shown_moment(first_us) << " to " << shown_moment(last_us) << "\n";
    }
    return 0;
}

store::replay found(const config::settings& settings, const std::string& name) {
    auto row = store::replay_reader{settings.storage.sqlite_path}.find(name);
    if (!row) {
        throw std::runtime_error{"there is no replay \"" + name + "\"; see tapes replay list"};
    }
    return *std::move(row);
}

int order(const config::settings& settings, const std::string& name, replay_state to, printer& out) {
    const auto row = found(settings, name);
    if (!store::may_become(row.state, to)) {
        throw usage_error{"replay " + name + " is " + std::string{store::to_string(row.state)} +
                          ": it cannot be " + std::string{store::to_string(to)}};
    }
    const auto now = replay_writer{settings}.change(name, {to, std::nullopt, ""});
    out << "replay " << name << ": " << store::to_string(now.state) << " after " << now.at.events
        << (now.at.events == 1 ? " event" : " events") << "\n";
    return now.state == to ? 0 : 1;
}

std::string shown_choice(const store::replay_choice& choice) {
    std::string shown;
    const auto add = [&](const char* flag, const std::string& value) {
        if (!value.empty()) {
            shown += (shown.empty() ? "" : " ") + std::string{flag} + " " + value;
        }
    };
    add("--root", choice.root);
    add("--session", choice.session);
    add("--since", choice.since_us ? shown_moment(*choice.since_us) : "");
    add("--until", choice.until_us ? shown_moment(*choice.until_us) : "");
    add("--agent", choice.agent_name);
    add("--project", choice.project);
    for (const auto& type : choice.event_types) {
        add("--event-type", choice.event_types.size() == 1 && type == event::node_event_type ? "" : type);
    }
    return shown.empty() ? "everything" : shown;
}

}  // namespace

int start_replay(const config::settings& settings, const replay_request& request, printer& out,
                 printer& err) {
    const store::reading_place place{settings.storage.sqlite_path};
    const auto& path = place.path();
    auto wanted = read_request(request);
    store::replay_reader rows{path};
    wanted.last_seq = store::reader{path}.last_seq();
    if (request.dry_run) {
        return tell_only(path, wanted, out);
    }
    check_file(wanted);
    for (unsigned more = 2; rows.find(wanted.name); ++more) {
        if (!request.name.empty()) {
            throw usage_error{"a replay \"" + request.name + "\" exists (" +
                              std::string{store::to_string(rows.find(request.name)->state)} +
                              "); choose another name, or see tapes replay resume"};
        }
        wanted.name = wanted.name.substr(0, sizeof "replay-20260131-120000" - 1) + "-" + std::to_string(more);
    }
    // Checks, too, that the root exists, before there is a row.
    (void)publish::make_store_replay(path, wanted.choice, wanted.last_seq);
    const stop_signals signals;
    start_quiet_log(settings);
    return run_replay(settings, wanted, signals, out, err);
}

int resume_replay(const config::settings& settings, const std::string& name, printer& out, printer& err) {
    const auto row = found(settings, name);
    if (!store::may_become(row.state, replay_state::running)) {
        throw usage_error{"replay " + name + " is " + std::string{store::to_string(row.state)} +
                          ": it cannot be resumed"};
    }
    const stop_signals signals;
    start_quiet_log(settings);
    return run_replay(settings, row, signals, out, err);
}

int list_replays(const config::settings& settings, bool json, printer& out) {
    const auto& path = settings.storage.sqlite_path;
    const store::reading_place place{path};
    for (const auto& one : store::replay_reader{place.path()}.list()) {
        const bool alive = store::replay_claim::taken(path, one.id);
        if (json) {
            out.json(api::replay_json(one, alive));
            continue;
        }
        const bool interrupted = one.state == replay_state::running && !alive;
        out << left(24, one.name) << " " << left(10, store::to_string(one.state)) << " "
            << right(9, one.at.events) << " events  " << shown_moment(one.changed_us) << "  to " << one.to
            << "  " << shown_choice(one.choice);
        if (interrupted) {
            out << "  (its process is gone; continue it with tapes replay resume " << one.name << ")";
        }
        if (!one.error.empty()) {
            out << "  (" << one.error << ")";
        }
        out << "\n";
    }
    return 0;
}

int pause_replay(const config::settings& settings, const std::string& name, printer& out) {
    return order(settings, name, replay_state::paused, out);
}

int cancel_replay(const config::settings& settings, const std::string& name, printer& out) {
    return order(settings, name, replay_state::cancelled, out);
}

}  // namespace tapes::app
