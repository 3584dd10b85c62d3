#include "daemon/daemon_store.hpp"

#include "access/store_options.hpp"
#include "process/log.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace tapes::app {

namespace {

store::writer::settings writer_settings(api::metrics& metrics,
                                        std::function<void(const store::entry&)> on_settled) {
    store::writer::settings made;
    made.test_delay = test_commit_delay();
    made.on_commit = [&metrics](std::size_t turns, std::chrono::nanoseconds took) {
        metrics.committed(turns, took);
        flush_log();
    };
    made.on_settled = std::move(on_settled);
    return made;
}

}  // namespace

daemon_store::daemon_store(const config::settings& settings, std::vector<std::string> apis,
                           std::function<void(const store::entry&)> on_settled)
    : metrics{ledger, std::move(apis)},
      lock{store_options(settings.storage)},
      writer{lock, ledger, writer_settings(metrics, std::move(on_settled))},
      letters{settings.dead_letters, settings.storage.sqlite_path, writer},
      path_{settings.storage.sqlite_path} {}

void daemon_store::fill(api::snapshot& current) {
    const auto status = writer.status();
    current.store_failing = status.failing;
    current.wal_bytes = status.wal_bytes;
    std::error_code unknown;
    if (const auto size = std::filesystem::file_size(path_, unknown); !unknown) {
        current.store_bytes = size;
    }
    letters.fill(current);
}

std::vector<std::string> daemon_store::not_ready() const {
    std::vector<std::string> reasons;
    if (draining) {
        reasons.emplace_back("draining");
    }
    if (const auto status = writer.status(); status.failing) {
        reasons.push_back("store failing: " + status.error);
    }
    return reasons;
}

}  // namespace tapes::app
