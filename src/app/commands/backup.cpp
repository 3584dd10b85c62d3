#include "access/running_process.hpp"
#include "commands/counted.hpp"
#include "commands/progress_bar.hpp"

#include <tapes/api/backup_routes.hpp>
#include <tapes/app/backup.hpp>
#include <tapes/store/backup.hpp>
#include <tapes/store/verify.hpp>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace tapes::app {

namespace {

struct unsound_copy : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What was found of a copy before it got its name.
struct checked_copy {
    bool verify = true;
    store::progress on_progress;
    store::findings wrong;
    std::optional<store::verify_figures> seen;
    bool earlier = false;  ///< of an earlier schema version

    void check(const std::string& path) {
        if (!verify) {
            return;
        }
        earlier = store::check_earlier_schema(path);
        if (earlier) {
            return;
        }
        seen = store::verify({path, 0, on_progress}, wrong);
        if (wrong.count() != 0) {
            throw unsound_copy{path};
        }
    }
};

int tell_unsound(const checked_copy& copy, bool json, printer& out, printer& err) {
    const auto lines = copy.wrong.lines();
    if (json) {
        out.json(
            nlohmann::ordered_json{{"verified", false}, {"wrong", copy.wrong.count()}, {"findings", lines}}
                .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
        return 1;
    }
    for (const auto& line : lines) {
        err << line << "\n";
    }
    err << "tapes: the copy is not sound, and was not kept: " << copy.wrong.count()
        << " wrong; --no-verify keeps it as it is\n";
    return 1;
}

std::string size_and_time(const store::backup_figures& made) {
    char text[64];
    const auto size = static_cast<double>(made.bytes) / 1e6;
    std::snprintf(text, sizeof text, "%.1f MB in %.1f s", size, made.copy_seconds);
    return text;
}

void tell_what_is_in_it(const store::backup_figures& made, const checked_copy& copy, printer& out) {
    out << ": " << size_and_time(made) << ", up to row " << made.last_seq << " of the log";
    if (copy.seen) {
        out << "; verified: " << counted(copy.seen->nodes, "node") << ", "
            << counted(copy.seen->exchanges, "exchange");
    }
    out << "\n";
}

nlohmann::ordered_json figures_json(const std::string& file, const store::backup_figures& made,
                                    const checked_copy& copy) {
    nlohmann::ordered_json json{{"file", file},
                                {"bytes", made.bytes},
                                {"last_seq", made.last_seq},
                                {"copy_seconds", made.copy_seconds},
                                {"log_bytes", made.log_bytes},
                                {"verified", copy.seen.has_value()}};
    json["nodes"] = copy.seen ? nlohmann::ordered_json(copy.seen->nodes) : nlohmann::ordered_json(nullptr);
    json["exchanges"] =
        copy.seen ? nlohmann::ordered_json(copy.seen->exchanges) : nlohmann::ordered_json(nullptr);
    return json;
}

/// The process that writes the store, as the maker of its copy.
struct process_maker {
    process_maker(const config::settings& settings, printer& err) {
        const auto tell = [&err, this](const std::string& why) {
            err << "tapes: the copy is made beside the process that has the store: " << why << "\n";
            name.clear();
        };
        try {
            if (const auto running = running_process::find(settings)) {
                name = running->name();
                maker = api::make_backup_client(
                    [running](const api::request& request) { return running->send(request); }, tell);
            }
        } catch (const std::runtime_error& error) {
            tell(error.what());
        }
    }
    process_maker(const process_maker&) = delete;
    process_maker& operator=(const process_maker&) = delete;

    std::string name;  ///< "": the copy is made by this one
    std::unique_ptr<store::copy_maker> maker;
};

std::string as_json_line(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

int back_up_store(const config::settings& settings, const backup_order& order, printer& out, printer& err) {
    (void)!::nice(10);  // to check the copy takes all processors
    checked_copy copy;
    copy.verify = order.verify;
    store::backup_figures made;
    const auto to = std::filesystem::absolute(order.to).string();
    process_maker process{settings, err};
    try {
        progress_bar bar;
        copy.on_progress = bar.shower();
        store::backup_options options{settings.storage.sqlite_path, to};
        options.replace = order.replace;
        options.bytes_per_second = std::min<std::uint64_t>(order.megabytes_per_second, 1'000'000) * 1'000'000;
        options.on_progress = copy.on_progress;
        options.maker = process.maker.get();
        options.check = [&copy](const std::string& path) { copy.check(path); };
        made = store::back_up(options);
    } catch (const unsound_copy&) {
        return tell_unsound(copy, order.json, out, err);
    }
    if (order.json) {
        auto json = figures_json(to, made, copy);
        json["through"] =
            process.name.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(process.name);
        out.json(as_json_line(json));
        return 0;
    }
    out << "backed up " << settings.storage.sqlite_path << " to " << order.to
        << (process.name.empty() ? "" : " through " + process.name);
    tell_what_is_in_it(made, copy, out);
    return 0;
}

int restore_store(const config::settings& settings, const restore_order& order, printer& out, printer& err) {
    const auto& to = settings.storage.sqlite_path;
    checked_copy copy;
    copy.verify = order.verify;
    store::restore_report made;
    try {
        progress_bar bar;
        copy.on_progress = bar.shower();
        store::restore_options options{order.from, to, order.replace, copy.on_progress, {}};
        options.check = [&copy](const std::string& path) { copy.check(path); };
        made = store::restore(options);
    } catch (const unsound_copy&) {
        return tell_unsound(copy, order.json, out, err);
    }
    if (order.json) {
        auto json = figures_json(to, made.restored, copy);
        json["moved_to"] =
            made.moved_to.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(made.moved_to);
        out.json(as_json_line(json));
        return 0;
    }
    out << "restored " << to << " from " << order.from;
    tell_what_is_in_it(made.restored, copy, out);
    if (!made.moved_to.empty()) {
        out << "the store that stood there is now " << made.moved_to << "\n";
    }
    if (copy.earlier) {
        err << "tapes: its schema is of an earlier version, so only SQLite's pages were checked; tapes serve "
               "brings "
               "it up to date\n";
    }
    return 0;
}

}  // namespace tapes::app
