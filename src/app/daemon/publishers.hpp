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

/// Says when a dead letter is to be retried.
using first_retry = std::function<store::letter_due(const store::dead_letter&)>;

/// The destination of a publisher: what is needed to send one of its events again. Valid as long as
/// `publishers`.
struct publishing_place {
    std::string name;  ///< of the publisher and its cursor
    bus::message_bus* bus = nullptr;
    std::string topic;   ///< for nodes
    std::string prefix;  ///< of the other topics; see event::topic_names
    std::uint64_t max_message_bytes = 0;
};

/// All publishers of a process. Each has a message bus, a cursor and a thread of its own, so one that is down
/// does not hold up the others. Announcements of dead letters have a cursor "<name>.dead_letters" of their
/// own. Call start() and stop() from one thread; the other members are thread-safe. Destroy it before the
/// writer is stopped.
class publishers {
public:
    /// Makes no connections yet. Throws std::exception, in one line, for a setting that can never work.
    publishers(const std::vector<config::publisher_settings>& settings, std::string store_path,
               store::writer& writer, first_retry retry);
    ~publishers();
    publishers(const publishers&) = delete;
    publishers& operator=(const publishers&) = delete;

    /// Connects and starts to publish. Throws std::runtime_error, which names the publisher, when its broker
    /// cannot be reached and has never been reached with this store.
    void start();

    /// Tells all to stop, then waits for each until its own flush_timeout, or for `longest`. Returns false
    /// when some events are not published.
    bool stop(std::chrono::milliseconds longest);

    /// Does not wait for a cursor that is being moved by hand: its figures are left out.
    void fill(api::snapshot& now) const;

    /// Returns the names of the cursors that the publishers move.
    std::vector<std::string> cursors() const;
    /// Runs `change` while no publisher moves the cursor. Then its publisher continues from where the cursor
    /// stands on disk. Exceptions of `change` pass through. This may take some seconds.
    void around(const std::string& cursor, const std::function<void()>& change);

    std::vector<publishing_place> places() const;

private:
    /// A cursor, and the pump that moves it.
    struct lane {
        publish::journal_settings journal;
        publish::topic_settings topics;
        publish::pump_settings pump_options;
        std::unique_ptr<publish::cursor_pump> pump;
    };
    struct publisher {
        config::publisher_settings settings;
        std::unique_ptr<bus::message_bus> bus;
        std::vector<lane> lanes;
    };

    void add(const config::publisher_settings& settings);
    void add_announcements(publisher& owner);
    bool announces(std::string_view name, std::string_view source) const;
    std::unique_ptr<publish::cursor_pump> take_pump(lane& from) const;
    /// Makes the pump of a lane that has none, and starts it.
    void open(const publisher& owner, lane& lane) TAPES_REQUIRES(change_);

    const std::string store_path_;
    store::writer& writer_;
    const first_retry retry_;
    std::vector<std::unique_ptr<publisher>> all_;
    std::vector<std::string> announcing_;  ///< names of the publishers that announce dead letters
    sync::mutex change_;                   ///< held while pumps are made or replaced, which may take long
    mutable sync::mutex use_;              ///< held while a lane's pump is set or read; behind `change_`
    bool stopping_ TAPES_GUARDED_BY(change_) = false;
};

}  // namespace tapes::app
