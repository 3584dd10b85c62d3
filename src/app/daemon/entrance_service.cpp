#include "daemon/entrance_service.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

/// Returns when a process was started, in the kernel's ticks; "" where there is none (proc(5), field 22 of
/// stat).
std::string start_of(std::int64_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
    std::string text;
    std::getline(file, text);
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) {
        return {};
    }
    std::istringstream fields{text.substr(name_end + 1)};
    constexpr int start_field = 20;  // the state is the first one behind the name
    std::string field;
    for (int i = 0; i < start_field; ++i) {
        fields >> field;
        if (i == 0 && (field == "Z" || field == "X")) {
            return {};  // it has ended, and nobody has asked how
        }
    }
    return field;
}

std::optional<api::entrance_state> state_of(const std::optional<relay::entrance_figures>& figures) {
    if (!figures) {
        return std::nullopt;
    }
    return api::entrance_state{figures->accepted, figures->settled, figures->turns};
}

}  // namespace

entrance_service::entrance_service(relay::server& relay, std::string refusal, bool for_runs)
    : relay_{relay}, refusal_{std::move(refusal)}, for_runs_{for_runs} {}

void entrance_service::add_routes(api::route_table& table) {
    api::add_entrance_routes(table,
                             {[this](const api::entrance_order& order) { return open(order); },
                              [this](const std::string& id) { return state_of(relay_.read_entrance(id)); },
                              [this](const std::string& id) { return close(id); }});
}

api::opened_entrance entrance_service::open(const api::entrance_order& order) {
    if (!refusal_.empty()) {
        throw std::invalid_argument{refusal_};
    }
    owner by{order.pid, start_of(order.pid)};
    if (by.started.empty()) {
        throw std::invalid_argument{"there is no process " + std::to_string(order.pid)};
    }
    relay::entrance wanted{order.agent, order.project, {}};
    for (const auto& [key, one] : order.upstreams) {
        wanted.upstreams[key] = {one.url, one.provider, one.version_once};
    }
    const sync::lock_guard held{mutex_};
    if (ended_) {
        throw std::runtime_error{"the proxy is about to end"};
    }
    const auto id = relay_.open_entrance(wanted);
    owners_.emplace(id, std::move(by));
    used_ = true;
    spdlog::info("entrance for process {}, agent {}, project {}", order.pid, order.agent, order.project);
    auto url = relay_.url();
    // Every interface: one of them is loopback.
    for (const auto* const every : {"//0.0.0.0:", "//[::]:", "//:"}) {
        if (const auto at = url.find(every); at != std::string::npos) {
            url.replace(at, std::string_view{every}.size(), "//127.0.0.1:");
        }
    }
    return {id, url + "/runs/" + id, for_runs_};
}

std::optional<api::entrance_state> entrance_service::close(const std::string& id) {
    {
        const sync::lock_guard held{mutex_};
        owners_.erase(id);
    }
    return state_of(relay_.close_entrance(id));
}

void entrance_service::sweep() {
    const sync::lock_guard held{mutex_};
    std::erase_if(owners_, [this](const auto& one) {
        const auto& [id, by] = one;
        if (start_of(by.pid) == by.started) {
            return false;
        }
        spdlog::info("process {} is gone: its entrance is closed", by.pid);
        (void)relay_.close_entrance(id);
        return true;
    });
}

bool entrance_service::used() {
    const sync::lock_guard held{mutex_};
    return used_;
}

bool entrance_service::end_if_empty() {
    const sync::lock_guard held{mutex_};
    ended_ = ended_ || owners_.empty();
    return ended_;
}

}  // namespace tapes::app
