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

/// What a process does about dead letters: says when they are due, tries them again, shows and counts them.
/// Made before those who make dead letters, started after them, stopped before them and before the writer.
class dead_letter_service {
public:
    /// Throws std::invalid_argument for a retry policy that cannot be.
    dead_letter_service(const config::dead_letter_settings& how, std::string store_path,
                        store::writer& writer);
    ~dead_letter_service();  ///< stop()
    dead_letter_service(const dead_letter_service&) = delete;
    dead_letter_service& operator=(const dead_letter_service&) = delete;

    /// When a letter that is kept now is to be tried again. Thread-safe.
    store::letter_due first_retry(const store::dead_letter& letter) const {
        return publish::first_retry(how_, letter);
    }

    /// Tries them again from now on: each where it was published, and by `also` what that knows.
    void start(const publishers& by, std::unique_ptr<publish::letter_sender> also = {});
    void stop();

    void add_routes(api::route_table& to);
    /// `dead_letters` and `letters` of it. Thread-safe.
    void fill(api::snapshot& now);

private:
    publish::sweep_settings how_;
    const std::string store_path_;
    store::writer& writer_;
    std::vector<std::unique_ptr<publish::letter_sender>> senders_;
    std::unique_ptr<publish::letter_sweeper> sweeper_;
    sync::mutex reader_use_;
    std::unique_ptr<store::letter_reader> reader_ TAPES_GUARDED_BY(reader_use_);
};

}  // namespace tapes::app
