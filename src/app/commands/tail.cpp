#include "access/open_record.hpp"
#include "access/running_process.hpp"
#include "commands/tail_lines.hpp"

#include <tapes/api/event_client.hpp>
#include <tapes/app/tail.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/catalogue/catalogue.hpp>
#include <tapes/live/event_source.hpp>
#include <tapes/text/percent.hpp>

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace tapes::app {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often it is looked whether anybody still reads.
constexpr milliseconds look_interval{200};
/// How often the store is asked for commits of another process.
constexpr milliseconds store_interval{25};
/// How often a process is looked for while the store itself is read.
constexpr std::chrono::seconds process_interval{1};

live::event_filter chosen_events(const tail_request& options) {
    live::event_filter filter;
    filter.project = options.project;
    filter.agent = options.agent;
    filter.session = options.session;
    filter.provider = options.provider;
    filter.model = options.model;
    filter.nodes = false;
    filter.partials = options.partial;
    return filter;
}

/// Whether only some of the exchanges are wanted.
bool is_chosen(const tail_request& options) {
    return options.limit == 0 ||
           !(options.project + options.agent + options.session + options.provider + options.model).empty();
}

std::string event_query_of(const tail_request& options) {
    std::string query = options.partial ? "kinds=exchange,partial" : "kinds=exchange";
    for (const auto& [name, value] : {std::pair{"project", &options.project},
                                      {"agent", &options.agent},
                                      {"session", &options.session},
                                      {"provider", &options.provider},
                                      {"model", &options.model}}) {
        if (!value->empty()) {
            query.append("&").append(name).append("=").append(text::percent_encoded(*value));
        }
    }
    return query;
}

/// Tells whether the pipe behind standard output was closed by who reads it. A command that has nothing to
/// write would not notice.
bool nobody_reads() {
    pollfd out{STDOUT_FILENO, 0, 0};
    return ::poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLNVAL)) != 0;
}

/// Follows the record, wherever it is told of.
class follower {
public:
    follower(const config::settings& settings, const tail_request& options, live::source_options place,
             printer& out, printer& err, tail_lines& lines)
        : settings_{settings},
          options_{options},
          place_{std::move(place)},
          out_{out},
          err_{err},
          lines_{lines},
          filter_{chosen_events(options)} {}

    /// Goes on behind `last_id` until nobody reads any more.
    void run(std::string last_id) {
        last_id_ = std::move(last_id);
        while (!is_over()) {
            if (const auto process = running()) {
                follow_process(*process);
            } else {
                follow_store();
            }
        }
    }

private:
    bool is_over() const { return out_.gone() || nobody_reads(); }

    std::optional<running_process> running() const {
        try {
            return running_process::find(settings_);
        } catch (const std::exception&) {
            return std::nullopt;  // it takes no requests
        }
    }

    void show(std::string_view kind, const std::string& json) {
        lines_.write(kind, json);
        out_.flush();
    }

    void follow_process(const running_process& process) {
        try {
            const auto events = process.events(event_query_of(options_), last_id_);
            while (!events->ended() && !is_over()) {
                if (const auto one = events->next(look_interval)) {
                    last_id_ = one->id.empty() ? last_id_ : one->id;
                    show(one->kind, one->data);
                }
            }
        } catch (const std::exception& error) {
            tell(error.what());
            follow_store();  // it may be about to end, or about to begin
        }
    }

    /// Reads the store itself, for a while.
    void follow_store() {
        const auto until = steady_clock::now() + process_interval;
        try {
            live::event_source source{place_};
            const auto found = source.find(last_id_);
            auto at = found.value_or(source.end());
            if (!found) {
                show("state", R"({"type":"state","reset":"the store was replaced by another one"})");
                last_id_ = source.id_of(at);
            }
            std::int64_t version = -1;
            while (steady_clock::now() < until && !source.replaced() && !is_over()) {
                if (const auto now = source.version(); std::exchange(version, now) == now) {
                    std::this_thread::sleep_for(store_interval);
                    continue;
                }
                read(source, at);
            }
        } catch (const std::exception& error) {
            tell(error.what());
            std::this_thread::sleep_for(look_interval);
        }
    }

    void read(live::event_source& source, live::place& at) {
        while (!is_over()) {
            const auto batch = source.read(at, false);
            if (batch.reached == at) {
                return;
            }
            at = batch.reached;
            for (const auto& one : batch.events) {
                if (filter_.takes(one->kind) && filter_.takes(one->about)) {
                    show(live::to_string(one->kind), one->json);
                }
            }
            last_id_ = source.id_of(at);
        }
    }

    /// Says what is in the way, once.
    void tell(const std::string& problem) {
        if (std::exchange(told_, problem) != problem) {
            err_ << "tapes: " << std::string_view{problem} << "; waiting\n";
            err_.flush();
        }
    }

    const config::settings& settings_;
    const tail_request& options_;
    const live::source_options place_;
    printer& out_;
    printer& err_;
    tail_lines& lines_;
    const live::event_filter filter_;
    std::string last_id_;
    std::string told_;
};

}  // namespace

int tail_record(const config::settings& settings, const tail_request& options, printer& out, printer& err) {
    if (options.partial && !options.follow) {
        throw usage_error{"--partial needs --follow: answers that are still coming are not in the store"};
    }
    open_record record{settings};
    const live::source_options place{record.path(), catalogue::path_of(settings.storage.sqlite_path),
                                     &record.prices()};
    std::string last_id;
    std::vector<live::event_pointer> newest;
    {
        live::event_source source{place};
        const auto end = source.end();
        last_id = source.id_of(end);
        newest = source.newest(options.limit, chosen_events(options), end);
    }
    if (newest.empty() && !options.follow) {
        err << (is_chosen(options) ? words{"tapes: there is no such exchange\n"}
                                   : words{"tapes: nothing is recorded yet\n"});
        return 1;
    }
    const auto to = screen_of(out, options.screen);
    tail_lines lines{out, to, options};
    for (const auto& one : newest) {
        lines.write(live::to_string(one->kind), one->json);
    }
    lines.finish();
    out.flush();
    if (options.follow) {
        follower{settings, options, place, out, err, lines}.run(std::move(last_id));
    }
    return 0;
}

}  // namespace tapes::app
