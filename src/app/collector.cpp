#include "collector_daemon.hpp"
#include "log.hpp"
#include "signals.hpp"

#include <tapes/api/orphan_routes.hpp>
#include <tapes/app/collector.hpp>
#include <tapes/store/verify.hpp>

#include <malloc.h>

#include <ostream>
#include <stdexcept>

namespace tapes::app {

namespace {

constexpr int large_message_bytes = 512 * 1024;
constexpr std::chrono::milliseconds failure_check_interval{250};
constexpr std::size_t orphans_at_once = 1000;

}  // namespace

int run_collector(const config::settings& how) {
    // Large messages go back to the system again, instead of leaving holes in the heap.
    mallopt(M_MMAP_THRESHOLD, large_message_bytes);
    mallopt(M_TRIM_THRESHOLD, 4 * large_message_bytes);
    const stop_signals signals;  // before any thread, the log's among them
    start_log(how.log);
    collector_daemon running{how};
    std::string failure;
    while (failure.empty() && !signals.wait_for(failure_check_interval)) {
        failure = running.failure();
    }
    running.stop(signals);
    if (!failure.empty()) {
        throw std::runtime_error{"a consumer has failed: " + failure};
    }
    return 0;
}

int list_orphans(const config::settings& how, bool json, std::ostream& out) {
    const auto& path = how.storage.sqlite_path;
    store::check_store(path);
    store::orphan_reader in{path};
    std::int64_t last = 0;
    for (auto page = in.list(last, orphans_at_once); !page.empty(); page = in.list(last, orphans_at_once)) {
        for (const auto& one : page) {
            last = one.id;
            if (json) {
                out << api::orphan_json(one) << "\n";
                continue;
            }
            out << merkle::to_hex(one.hash) << " waits for " << merkle::to_hex(one.parent) << " ("
                << one.from.topic << " partition " << one.from.partition << " offset " << one.from.offset
                << ")" << (one.problem.empty() ? "" : ": ") << one.problem << "\n";
        }
    }
    if (!json) {
        const auto totals = in.totals();
        out << totals.nodes << (totals.nodes == 1 ? " orphan, " : " orphans, ") << totals.missing
            << (totals.missing == 1 ? " parent is missing\n" : " parents are missing\n");
    }
    return 0;
}

}  // namespace tapes::app
