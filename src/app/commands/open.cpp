#include "access/open_record.hpp"
#include "access/running_process.hpp"
#include "commands/meant.hpp"
#include "commands/page_path.hpp"
#include "daemon/api_daemon.hpp"
#include "process/log.hpp"
#include "process/memory.hpp"
#include "process/signals.hpp"
#include "screen/browser.hpp"

#include <tapes/api/admin_client.hpp>
#include <tapes/app/open.hpp>
#include <tapes/store/reading_place.hpp>
#include <tapes/store/store.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::app {

namespace {

const api::request code_request{"POST", "/v1/browser/codes", ""};

std::string code_of(const std::string& body) {
    const auto all = nlohmann::json::parse(body, nullptr, false);
    if (!all.is_object() || !all.contains("code") || !all["code"].is_string()) {
        throw std::runtime_error{"the running process gave an answer that cannot be read"};
    }
    return all["code"].get<std::string>();
}

/// The process that has the store; nothing where none has it, or takes requests.
std::optional<running_process> serving_process(const config::settings& settings, printer& err) {
    try {
        return running_process::find(settings);
    } catch (const store::open_error&) {
        err << "tapes: the process that records has no admin listener (admin.listen)\n";
        return std::nullopt;
    }
}

/// Returns the path of what is to be shown; nothing where there is no such thing, which was said.
std::optional<std::string> wanted_path(const config::settings& settings, const std::string& id,
                                       printer& err) {
    if (id.empty()) {
        return "/";
    }
    open_record record{settings};
    const auto meant = find_meant(record.from(), id, err);
    return meant ? std::optional{page_path(*meant)} : std::nullopt;
}

/// `address` is without the code. `serving`: this process serves the page.
void show_page(const std::string& address, const std::string& code, bool serving, const open_request& options,
               printer& out, printer& err) {
    const auto entrance = address + "#code=" + code;
    const bool opened = !options.print && open_in_browser(entrance);
    if (options.json) {
        out.json(nlohmann::ordered_json{
            {"type", "page"}, {"url", opened ? address : entrance}, {"opened", opened}, {"serving", serving}}
                     .dump());
    } else if (opened) {
        out << "opened " << std::string_view{address} << "\n";
    } else {
        if (!options.print) {
            err << "tapes: no browser could be started (BROWSER names one); this address is good once, for "
                   "thirty "
                   "seconds:\n";
        }
        out << std::string_view{entrance} << "\n";
    }
    out.flush();
    err.flush();
}

/// Serves the page here, on a free port, until a signal comes.
int serve_page(config::settings settings, const std::string& path, const open_request& options, printer& out,
               printer& err) {
    { const store::reading_place there{settings.storage.sqlite_path}; }  // throws where there is no store
    settings.admin.listen = {"127.0.0.1", 0};
    err << "tapes: no process serves " << std::string_view{settings.storage.sqlite_path}
        << ": it is served here until Ctrl-C\n";
    err.flush();
    prepare_memory();
    const stop_signals signals;  // before any thread, the log's among them
    start_log(settings.log);
    const drained_log log;
    const api_daemon running{settings};
    const auto& at = running.address();
    const auto code = code_of(body_of(api::send_to_admin(at, code_request)));
    show_page(at.url + path, code, true, options, out, err);
    signals.wait();
    return 0;
}

}  // namespace

int open_page(const config::settings& settings, const open_request& options, printer& out, printer& err) {
    const auto process = serving_process(settings, err);
    const auto path = wanted_path(settings, options.id, err);
    if (!path) {
        return 1;
    }
    if (!process) {
        return serve_page(settings, *path, options, out, err);
    }
    const auto code = code_of(process->send(code_request));
    show_page(process->address() + *path, code, false, options, out, err);
    return 0;
}

}  // namespace tapes::app
