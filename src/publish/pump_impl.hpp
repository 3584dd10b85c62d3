#pragma once

#include "window.hpp"

#include <tapes/bus/backoff.hpp>
#include <tapes/publish/cursor_pump.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <deque>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tapes::publish {

/// All members but the atomics, `window_` and `error_` belong to the pump's thread once it runs.
class cursor_pump::impl {
public:
    impl(std::unique_ptr<journal> log, std::unique_ptr<publisher> sink, pump_settings settings);

    void start();
    void begin_stop(std::chrono::steady_clock::time_point deadline);
    bool stop(std::chrono::steady_clock::time_point deadline);
    pump_status status() const;

private:
    using clock = std::chrono::steady_clock;
    enum class alone { delivered, too_large, invalid, later };
    enum class blocked_by { log, window, cursor, suspect };

    void run();
    bool finished() const;
    bool past_deadline() const;
    bool caught_up() const;

    // Connection.
    bool connect_when_needed();
    bool nothing_to_say();
    bool reconnect();
    void connected();
    window::fault drop_connection();
    void recover();
    void note_failure(const std::string& reason);

    // Sending.
    bool send_some();
    bool read_batch();
    bool send_row(const journal_row& row, std::uint64_t bytes);
    void settle();
    void move_cursor(std::uint64_t seq, std::uint64_t bytes);
    void refresh_saved();
    void rest();
    void housekeep();

    // One event at a time (pump_alone.cpp).
    void crawl(const journal_row& row);
    alone send_alone(const event::any_event& source);
    void bury(const journal_row& row);
    void keep(const event::any_event& source, const journal_row& row, const std::string& reason,
              std::uint64_t moved_to);

    const std::unique_ptr<journal> log_;
    const std::unique_ptr<publisher> sink_;
    const pump_settings settings_;

    window window_;
    bool is_connected_ = false;
    bool failing_ = false;  ///< since the last connection, or try of one, something went wrong
    bus::backoff backoff_;
    clock::time_point retry_at_{};
    clock::time_point next_warning_{};

    std::vector<journal_row> batch_;
    std::size_t at_ = 0;      ///< in batch_
    std::uint64_t read_ = 0;  ///< last row given to the sink
    blocked_by blocked_ = blocked_by::log;
    /// Delivered, but the cursor on disk does not say so yet.
    std::deque<std::pair<std::uint64_t, std::uint64_t>> unsaved_;
    std::uint64_t unsaved_bytes_ = 0;
    std::uint64_t asked_bytes_ = 0;  ///< delivered since the last save that was asked for at once
    clock::time_point looked_at_saved_{};
    clock::time_point looked_at_lag_{};

    /// Rows with an event that was refused for good (or that shared a batch with one): each event goes alone.
    std::set<std::uint64_t> suspects_;
    struct {
        std::uint64_t seq = 0;
        std::size_t next = 0;  ///< event
        event::content_form form = event::content_form::whole;
        std::vector<std::pair<std::size_t, std::string>> dead;
    } crawl_;
    event::event_record dead_record_;
    std::string refusal_;  ///< of the last event that went alone

    std::atomic<std::uint64_t> cursor_{0};
    std::atomic<std::uint64_t> delivered_{0};
    std::atomic<std::uint64_t> failed_{0};
    std::atomic<std::uint64_t> dead_{0};
    std::atomic<std::int64_t> oldest_ms_{0};  ///< commit time of the first row past the cursor; 0: none
    std::atomic<bool> answers_{false};
    mutable sync::mutex error_mutex_;
    std::string error_ TAPES_GUARDED_BY(error_mutex_);

    std::atomic<bool> stopping_{false};
    std::atomic<clock::time_point> deadline_{clock::time_point::max()};
    std::atomic<clock::time_point> stopped_at_{clock::time_point::max()};
    std::thread thread_;
};

}  // namespace tapes::publish
