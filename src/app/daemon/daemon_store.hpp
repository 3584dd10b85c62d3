#pragma once

#include "daemon/dead_letter_service.hpp"

#include <tapes/api/metrics.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/config/config.hpp>
#include <tapes/store/store.hpp>
#include <tapes/store/writer.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace tapes::app {

/// The store of a process that runs until a signal, open for writing, with what belongs to it in every such
/// process. Its members stand in the order of start.
class daemon_store {
public:
    /// Opens the store. `apis` are the names under which metrics count exchanges; `on_settled` is that of the
    /// writer. Throws std::exception in one line when the store cannot be opened.
    daemon_store(const config::settings& settings, std::vector<std::string> apis,
                 std::function<void(const store::entry&)> on_settled = {});
    daemon_store(const daemon_store&) = delete;
    daemon_store& operator=(const daemon_store&) = delete;

    /// Fills in the figures of the store and of its dead letters. Thread-safe.
    void fill(api::snapshot& current);

    /// Says why the process is not ready: it is draining, or the store is failing. Empty when it is ready.
    /// Thread-safe.
    std::vector<std::string> not_ready() const;

    std::atomic<bool> draining{false};  ///< set when the process begins to stop
    capture::ledger ledger;
    api::metrics metrics;
    store::store_lock lock;
    store::writer writer;
    dead_letter_service letters;

private:
    const std::string path_;
};

}  // namespace tapes::app
