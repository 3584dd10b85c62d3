#include "access/held_store.hpp"
#include "access/running_process.hpp"
#include "commands/counted.hpp"
#include "commands/import_page.hpp"
#include "commands/import_turns.hpp"
#include "commands/progress_bar.hpp"

#include <tapes/api/import_routes.hpp>
#include <tapes/app/import.hpp>
#include <tapes/store/import.hpp>

#include <chrono>
#include <filesystem>
#include <optional>

namespace tapes::app {

namespace {

/// A running process may need this long for some hundred nodes: its disk may be slow, and its turns go first.
constexpr std::chrono::minutes import_timeout{2};

/// Returns the running process as the target, or else the store, which it opens in `own`.
std::unique_ptr<store::import_target> target_of(const config::settings& settings,
                                                std::optional<held_store>& own) {
    if (auto running = running_process::find(settings)) {
        return api::make_import_client([process = *std::move(running)](const api::request& request) {
            return process.send(request, import_timeout);
        });
    }
    const auto& path = settings.storage.sqlite_path;
    own.emplace(store::open_options{path, store::synchronous::full});
    return store::make_import_target(path, own->writer, store::import_alone);
}

}  // namespace

int import_store(const config::settings& settings, const std::string& from, bool announce, printer& out,
                 printer& err) {
    const auto& into = settings.storage.sqlite_path;
    store::check_reference_file(from);
    std::error_code ignored;
    if (std::filesystem::equivalent(from, into, ignored)) {
        throw store::open_error{from +
                                " is the file that the store would be made in; name another with --sqlite"};
    }
    const auto report = [&] {
        std::optional<held_store>
            own;  // closes behind the target: the last connection to close removes the WAL
        const auto target = target_of(settings, own);
        progress_bar bar;
        return store::import_reference(
            *target, {from, announce, bar.shower()}, [&](const store::bad_row& row) {
                err << "tapes: node " << row.hash << " was not imported: " << row.reason << "\n";
            });
    }();
    out << "imported " << counted(report.added, "node") << " from " << from << " into " << into;
    if (report.known != 0) {
        out << "; " << report.known << " were there already";
    }
    out << "\n";
    if (report.undated != 0) {
        err << "tapes: " << counted(report.undated, "node")
            << " had no date that can be read, and got that of this import\n";
    }
    if (report.bad != 0) {
        err << "tapes: left out: " << counted(report.bad, "bad row");
        if (report.behind != 0) {
            err << " and " << counted(report.behind, "node") << " that stand behind them";
        }
        err << "\n";
    }
    return report.bad == 0 ? 0 : 1;
}

int import_file(const config::settings& settings, const import_order& order, printer& out, printer& err) {
    // What a pipe has given to who looks what it is, it gives to nobody else.
    std::error_code unknown;  // is told by who opens it
    if (const auto state = std::filesystem::status(order.from, unknown);
        std::filesystem::exists(state) && !std::filesystem::is_regular_file(state)) {
        throw store::open_error{order.from + " is no regular file; give the path of one"};
    }
    if (is_exported_page(order.from)) {
        std::optional<held_store> own;
        const auto target = target_of(settings, own);
        return import_page(order.from, settings.storage.sqlite_path, *target, order.announce, out);
    }
    switch (const auto kind = kind_of_file(order.from)) {
        case outside_kind::reference_store:
            return import_store(settings, order.from, order.announce, out, err);
        case outside_kind::har:
        case outside_kind::json_lines:
            return import_turns(settings, order.from, kind, {order.provider, order.agent_name, {}}, out, err);
        case outside_kind::unknown:
            break;
    }
    throw store::open_error{order.from +
                            " is no tapes v0.4 database, no HAR file, no lines of JSON and no page "
                            "that tapes has exported"};
}

}  // namespace tapes::app
