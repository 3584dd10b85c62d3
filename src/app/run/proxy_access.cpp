#include "run/proxy_access.hpp"

#include "access/running_process.hpp"
#include "run/background_proxy.hpp"

#include <tapes/store/store.hpp>

#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tapes::app::run {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Between the end of one proxy and the start of the next some time passes.
constexpr std::chrono::seconds longest_search{15};
/// How long a process that has the store may be without an admin listener: it may only just be starting.
constexpr std::chrono::seconds longest_start{4};
constexpr milliseconds search_interval{20};
/// How long what a client has left behind may take: an answer that still comes, a commit.
constexpr std::chrono::seconds longest_settling{5};
constexpr std::chrono::seconds longest_end{3};

api::entrance_order order_of(const plan& client, const std::string& agent, const std::string& project) {
    api::entrance_order order;
    order.pid = ::getpid();
    order.agent = agent;
    order.project = project;
    for (const auto& [key, one] : client.upstreams) {
        order.upstreams[key] = {one.url, one.provider, one.version_once};
    }
    return order;
}

/// Finds the process that has the store; nothing where none has it, or where it is only just starting.
std::optional<running_process> find_running(const config::settings& settings, bool must_be_found) {
    try {
        return running_process::find(settings);
    } catch (const store::open_error&) {
        if (must_be_found) {
            throw;
        }
        return std::nullopt;
    }
}

}  // namespace

struct open_entrance::connection {
    running_process process;

    api::entrance_client client() const {
        return api::entrance_client{[this](const api::request& request) { return process.send(request); }};
    }
};

open_entrance::open_entrance(const config::settings& settings, const plan& client, const std::string& agent,
                             const std::string& project)
    : settings_{settings} {
    const auto order = order_of(client, agent, project);
    const auto begun = steady_clock::now();
    while (!open_) {
        const auto searched = steady_clock::now() - begun;
        const bool last = searched >= longest_search;
        std::string failure = "the proxy that is to run in the background cannot be reached";
        if (auto running = find_running(settings, searched >= longest_start)) {
            proxy_ = std::make_unique<connection>(connection{*std::move(running)});
            try {
                opened_ = proxy_->client().open(order);
                open_ = true;
                return;
            } catch (const process_refusal& refused) {
                throw std::runtime_error{proxy_->process.name() +
                                         " has the store, and cannot be used: " + refused.what() +
                                         "; stop it, or record to a store of its own with --sqlite FILE"};
            } catch (const std::runtime_error& failed) {
                failure = failed.what();  // about to end, perhaps
            }
        } else if (!store::find_lock_holder(settings.storage.sqlite_path)) {
            try {
                start_background_proxy(settings);
                continue;
            } catch (const std::runtime_error& failed) {
                // Another command may have been faster.
                if (!store::find_lock_holder(settings.storage.sqlite_path)) {
                    throw;
                }
                failure = failed.what();
            }
        }
        if (last) {
            throw std::runtime_error{failure};
        }
        std::this_thread::sleep_for(search_interval);
    }
}

open_entrance::~open_entrance() {
    if (open_) {
        try {
            (void)proxy_->client().close(opened_.id);
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the proxy notices our end
        }
    }
}

api::entrance_state open_entrance::close() {
    const auto client = proxy_->client();
    const auto settled_by = steady_clock::now() + longest_settling;
    auto state = client.read(opened_.id);
    while (state.settled < state.accepted && steady_clock::now() < settled_by) {
        std::this_thread::sleep_for(search_interval);
        state = client.read(opened_.id);
    }
    state = client.close(opened_.id);
    open_ = false;
    const auto ended_by = steady_clock::now() + longest_end;
    const auto holder = store::find_lock_holder(settings_.storage.sqlite_path);
    while (opened_.for_runs && steady_clock::now() < ended_by) {
        const auto now = store::find_lock_holder(settings_.storage.sqlite_path);
        if (!now || !holder || now->pid != holder->pid) {
            break;
        }
        std::this_thread::sleep_for(search_interval);
    }
    return state;
}

}  // namespace tapes::app::run
