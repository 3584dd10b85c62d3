#pragma once

#include "daemon/publishers.hpp"

#include <tapes/api/metrics.hpp>
#include <tapes/api/route.hpp>
#include <tapes/config/config.hpp>
#include <tapes/publish/letter_sweeper.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/writer.hpp>
#include <tapes/sync/mutex.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// Looks after the dead letters of a process: says when they are due, retries them, shows and counts them.
/// Make it before everything that makes dead letters, start it after that, and stop it before that and before
/// the writer.
class dead_letter_service {
public:
    /// Throws std::invalid_argument for an invalid retry policy.
    dead_letter_service(const config::dead_letter_settings& settings, std::string store_path,
                        store::writer& writer);
    ~dead_letter_service();  ///< stop()
    dead_letter_service(const dead_letter_service&) = delete;
    dead_letter_service& operator=(const dead_letter_service&) = delete;

    /// Says when a letter that is kept now is to be retried. Thread-safe.
    store::letter_due first_retry(const store::dead_letter& letter) const {
        return publish::first_retry(settings_, letter);
    }

    /// Starts to retry letters: each through the publisher that it came from, and those that `sender` knows
    /// through it.
    void start(const publishers& publishers, std::unique_ptr<publish::letter_sender> sender = {});
    void stop();

    void add_routes(api::route_table& table);
    /// Fills in `dead_letters` and `letters`. Thread-safe.
    void fill(api::snapshot& now);

private:
    publish::sweep_settings settings_;
    const std::string store_path_;
    store::writer& writer_;
    std::vector<std::unique_ptr<publish::letter_sender>> senders_;
    std::unique_ptr<publish::letter_sweeper> sweeper_;
    sync::mutex reader_use_;
    std::unique_ptr<store::letter_reader> reader_ TAPES_GUARDED_BY(reader_use_);
};

}  // namespace tapes::app
