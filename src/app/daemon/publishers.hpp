#pragma once

#include <tapes/api/metrics.hpp>
#include <tapes/bus/bus.hpp>
#include <tapes/config/config.hpp>
#include <tapes/publish/cursor_pump.hpp>
#include <tapes/publish/journal.hpp>
#include <tapes/store/writer.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

/// When a dead letter is to be tried again.
using first_retry = std::function<store::letter_due(const store::dead_letter&)>;

/// Where a publisher publishes: enough to send one of its events again. Valid as long as `publishers`.
struct publishing_place {
    std::string name;  ///< of the cursor
    bus::message_bus* bus = nullptr;
    std::string topic;   ///< of nodes
    std::string prefix;  ///< of the other topics, see event::topic_names
    std::uint64_t max_message_bytes = 0;
};

/// All publishers of a process: each has a message bus, a cursor and a thread of its own, so that one that is
/// down holds up no other; announcements of dead letters go by a cursor "<name>.dead_letters" beside it.
/// start() and stop() from one thread, the others are thread-safe. Destroyed before the writer is stopped.
class publishers {
public:
    /// Connects to nobody. Throws std::exception, in one line, where a setting can never work.
    publishers(const std::vector<config::publisher_settings>& which, std::string store_path,
               store::writer& writer, first_retry retry);
    ~publishers();
    publishers(const publishers&) = delete;
    publishers& operator=(const publishers&) = delete;

    /// Throws bus::bus_error, naming the publisher, where one has never been reached with this store and is
    /// not there.
    void start();

    /// Tells all to stop, then waits for each until its own flush_timeout, or `most`. False: some events are
    /// not published.
    bool stop(std::chrono::milliseconds most);

    void fill(api::snapshot& now) const;

    /// The cursors that are moved here.
    std::vector<std::string> cursors() const;
    /// Runs `change` while nobody here moves the cursor; then it goes on from where it stands on disk. What
    /// `change` throws comes through. May take some seconds.
    void around(const std::string& cursor, const std::function<void()>& change);

    std::vector<publishing_place> places() const;

private:
    /// One cursor and who moves it.
    struct way {
        publish::journal_settings journal;
        publish::topic_settings topics;
        publish::pump_settings pump_how;
        std::unique_ptr<publish::cursor_pump> pump;
    };
    struct one {
        config::publisher_settings how;
        std::unique_ptr<bus::message_bus> bus;
        std::vector<way> ways;
    };

    void add(const config::publisher_settings& how);
    void add_announcements(one& to);
    bool announces(std::string_view name, std::string_view source) const;
    void open(one& of, way& which) TAPES_REQUIRES(use_);

    const std::string store_path_;
    store::writer& writer_;
    const first_retry retry_;
    std::vector<std::unique_ptr<one>> all_;
    std::vector<std::string> announcing_;  ///< names of those that announce dead letters
    mutable sync::mutex use_;              ///< held while pumps are made, looked at or replaced
    bool stopping_ TAPES_GUARDED_BY(use_) = false;
};

}  // namespace tapes::app
