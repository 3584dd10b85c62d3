#include "pump_impl.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace tapes::publish {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 250ms;  ///< the longest wait that nothing but time may end
constexpr std::uint64_t read_bytes = 4 << 20;
constexpr std::uint64_t event_overhead = 768;  ///< of an event beside its content, about
constexpr std::uint64_t row_overhead = 64;

std::uint64_t weight(const journal_row& row) {
    std::uint64_t bytes = row_overhead + (row.events() - row.nodes.size()) * event_overhead;
    for (const auto& node : row.nodes) {
        bytes += node.content.size() + event_overhead;
    }
    return bytes;
}

/// The store's note that a destination has been reached once: from then on it may be away at the start.
std::string reached_note(const std::string& destination) {
    return "kafka_reached:" + destination;
}

}  // namespace

cursor_pump::cursor_pump(std::unique_ptr<journal> log, std::unique_ptr<publisher> sink,
                         pump_settings settings)
    : impl_{std::make_unique<impl>(std::move(log), std::move(sink), std::move(settings))} {}
cursor_pump::~cursor_pump() {
    impl_->stop(std::chrono::steady_clock::now());
}
void cursor_pump::start() {
    impl_->start();
}
void cursor_pump::begin_stop(std::chrono::steady_clock::time_point deadline) {
    impl_->begin_stop(deadline);
}
bool cursor_pump::stop(std::chrono::steady_clock::time_point deadline) {
    return impl_->stop(deadline);
}
pump_status cursor_pump::status() const {
    return impl_->status();
}

cursor_pump::impl::impl(std::unique_ptr<journal> log, std::unique_ptr<publisher> sink, pump_settings settings)
    : log_{std::move(log)},
      sink_{std::move(sink)},
      settings_{std::move(settings)},
      backoff_{settings_.backoff_base, settings_.backoff_cap} {}

void cursor_pump::impl::start() {
    const auto saved = log_->saved_cursor();
    cursor_ = saved.value_or(settings_.from_beginning ? 0 : log_->last_seq());
    const auto destination = sink_->destination();
    if (!settings_.announcements && !destination.empty() && !log_->note(reached_note(destination))) {
        sink_->connect(window_, settings_.connect_timeout, stopping_);
        connected();
        log_->save_note(reached_note(destination), "1");
    }
    if (!saved) {
        log_->save_cursor(cursor_, true);  // "now" must not become a later now
    }
    read_ = cursor_;
    thread_ = std::thread([this] { run(); });
}

void cursor_pump::impl::begin_stop(clock::time_point deadline) {
    deadline_ = std::min(deadline_.load(), deadline);
    stopped_at_ = std::min(stopped_at_.load(), clock::now());
    stopping_ = true;
    window_.wake();
    log_->interrupt();
}

bool cursor_pump::impl::stop(clock::time_point deadline) {
    begin_stop(deadline);
    if (thread_.joinable()) {
        thread_.join();
    }
    return cursor_ >= log_->last_seq();
}

pump_status cursor_pump::impl::status() const {
    pump_status now;
    now.connected = answers_ && !window_.brokers_down();
    now.cursor = cursor_;
    const auto last = log_->last_seq();
    now.lag_rows = last > now.cursor ? last - now.cursor : 0;
    if (const auto oldest = oldest_ms_.load(); now.lag_rows > 0 && oldest > 0) {
        const auto age = std::chrono::system_clock::now() -
                         std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds(oldest)};
        now.lag_seconds = std::max(0.0, std::chrono::duration<double>(age).count());
    }
    now.delivered = delivered_;
    now.failed = failed_;
    now.dead = dead_;
    const auto trouble = window_.brokers_down() ? window_.last_trouble() : std::string();
    const sync::lock_guard hold{error_mutex_};
    now.last_error = error_.empty() ? trouble : error_;
    return now;
}

void cursor_pump::impl::run() {
    while (!finished()) {
        try {
            if (!is_connected_ && !connect_when_needed()) {
                continue;
            }
            settle();
            if (window_.trouble_so_far()) {
                recover();
            } else if (!send_some()) {
                rest();
            }
            housekeep();
        } catch (const std::exception& error) {  // the store cannot be read
            note_failure(error.what());
            window_.wait(patience);
        }
    }
    drop_connection();
    try {
        log_->flush();
    } catch (const std::exception& error) {
        spdlog::warn("cursor {} is not saved: {}", settings_.name, error.what());
    }
}

bool cursor_pump::impl::past_deadline() const {
    return stopping_ && clock::now() >= deadline_.load();
}

bool cursor_pump::impl::caught_up() const {
    return at_ == batch_.size() && read_ >= log_->last_seq() && window_.empty();
}

/// What a destination that is away did not get stays in the log: no reason to hold up the end for long.
bool cursor_pump::impl::finished() const {
    if (!stopping_) {
        return false;
    }
    const bool away = window_.brokers_down() && clock::now() >= stopped_at_.load() + 1s;
    return past_deadline() || (failing_ && !is_connected_) || away || caught_up();
}

bool cursor_pump::impl::connect_when_needed() {
    if (!settings_.announcements || !nothing_to_say()) {
        return reconnect();
    }
    blocked_ = blocked_by::log;
    rest();
    housekeep();
    return false;
}

/// Moves over rows without events.
bool cursor_pump::impl::nothing_to_say() {
    while (at_ < batch_.size() || read_batch()) {
        const auto before = read_;
        while (at_ < batch_.size() && batch_[at_].events() == 0) {
            read_ = batch_[at_++].seq;
        }
        if (read_ != before) {
            move_cursor(read_, 0);
        }
        if (at_ < batch_.size()) {
            return false;
        }
    }
    return true;
}

bool cursor_pump::impl::reconnect() {
    const auto now = clock::now();
    if (now < retry_at_) {
        window_.wait(std::min(patience, std::chrono::ceil<std::chrono::milliseconds>(retry_at_ - now)));
        return false;
    }
    try {
        sink_->connect(window_, settings_.connect_timeout, stopping_);
    } catch (const bus::bus_error& error) {
        note_failure(error.what());
        housekeep();
        return false;
    }
    connected();
    log_->save_note(reached_note(sink_->destination()), "1");
    return true;
}

void cursor_pump::impl::connected() {
    is_connected_ = true;
    failing_ = false;
    answers_ = true;
    spdlog::info("cursor {}: publishing to {} from log row {}", settings_.name, sink_->destination(),
                 cursor_ + 1);
}

/// Every accepted event has been reported when the sink is disconnected: what was delivered still counts.
window::fault cursor_pump::impl::drop_connection() {
    sink_->disconnect();
    settle();
    auto fault = window_.trouble_so_far().value_or(window::fault{});
    window_.reset();
    is_connected_ = false;
    answers_ = false;
    batch_.clear();
    at_ = 0;
    read_ = cursor_;
    return fault;
}

void cursor_pump::impl::recover() {
    auto fault = drop_connection();
    suspects_.merge(fault.suspects);
    if (bus::permanent(fault.why)) {
        ++failed_;  // no waiting: the suspects go alone now
        spdlog::warn("cursor {}: an event was refused ({}); sending {} log rows one by one", settings_.name,
                     fault.reason, suspects_.size());
    } else {
        note_failure(fault.reason);
    }
}

void cursor_pump::impl::note_failure(const std::string& reason) {
    ++failed_;
    failing_ = true;
    const auto now = clock::now();
    const auto delay = backoff_.next();
    retry_at_ = now + delay;
    {
        const sync::lock_guard hold{error_mutex_};
        error_ = reason;
    }
    if (now >= next_warning_) {
        next_warning_ = now + 10s;
        spdlog::warn("cursor {}: {} (trying again in {} ms, from log row {})", settings_.name, reason,
                     delay.count(), cursor_ + 1);
    }
}

void cursor_pump::impl::settle() {
    const auto done = window_.take_done();
    if (done.rows == 0) {
        return;
    }
    delivered_ += done.events;
    if (done.events > 0) {
        backoff_.reset();
        const sync::lock_guard hold{error_mutex_};
        error_.clear();
    }
    move_cursor(done.seq, done.bytes);
}

void cursor_pump::impl::move_cursor(std::uint64_t seq, std::uint64_t bytes) {
    if (seq > cursor_) {
        cursor_ = seq;
        // Delivery may run one window ahead of the disk: it must not wait for the next idle save.
        asked_bytes_ += bytes;
        const bool now = asked_bytes_ >= settings_.window_bytes / 4;
        asked_bytes_ = now ? 0 : asked_bytes_;
        log_->save_cursor(seq, now);
    }
    unsaved_.emplace_back(seq, bytes);
    unsaved_bytes_ += bytes;
}

void cursor_pump::impl::refresh_saved() {
    const auto now = clock::now();
    if (now - looked_at_saved_ < 5ms) {
        return;
    }
    looked_at_saved_ = now;
    const auto saved = log_->saved_cursor().value_or(0);
    while (!unsaved_.empty() && unsaved_.front().first <= saved) {
        unsaved_bytes_ -= unsaved_.front().second;
        unsaved_.pop_front();
    }
}

bool cursor_pump::impl::read_batch() {
    batch_.clear();
    at_ = 0;
    if (log_->last_seq() > read_) {
        batch_ = log_->read(read_, std::min(read_bytes, settings_.window_bytes));
    }
    return !batch_.empty();
}

bool cursor_pump::impl::send_some() {
    auto used = window_.bytes() + unsaved_bytes_;
    if (used > settings_.window_bytes / 2) {
        refresh_saved();
        used = window_.bytes() + unsaved_bytes_;
    }
    bool sent = false;
    while (true) {
        if (at_ == batch_.size() && (sent || !read_batch())) {
            blocked_ = blocked_by::log;
            return sent;
        }
        const auto& row = batch_[at_];
        if (suspects_.contains(row.seq)) {
            if (!window_.empty()) {
                blocked_ = blocked_by::suspect;
                return sent;
            }
            const auto alone = std::move(batch_[at_]);
            ++at_;
            crawl(alone);
            return true;
        }
        const auto bytes = weight(row);
        if (used != 0 && used + bytes > settings_.window_bytes) {
            blocked_ = window_.empty() ? blocked_by::cursor : blocked_by::window;
            return sent;
        }
        if (!send_row(row, bytes)) {
            return true;
        }
        used += bytes;
        read_ = row.seq;
        ++at_;
        sent = true;
    }
}

/// False: the row is in the window, but something went wrong on its way (the window has it as its fault), or
/// time is up.
bool cursor_pump::impl::send_row(const journal_row& row, std::uint64_t bytes) {
    const auto events = row.events();
    const auto opaque = window_.add(row.seq, events, bytes);
    for (std::size_t i = 0; i < events; ++i) {
        auto result = sink_->publish(row.at(i), event::content_form::whole, opaque);
        while (result.status == bus::acceptance::queue_full) {
            settle();
            window_.wait(10ms);
            if (window_.trouble_so_far() || past_deadline()) {
                return false;
            }
            result = sink_->publish(row.at(i), event::content_form::whole, opaque);
        }
        if (result.status != bus::acceptance::accepted) {
            const bool refused = result.status == bus::acceptance::refused;
            const bus::delivery_report report{
                opaque, refused ? bus::failure::too_large : bus::failure::transient, result.reason};
            window_.delivered({&report, 1});
            return false;
        }
    }
    return true;
}

/// Nothing could be sent: waits for what may change that.
void cursor_pump::impl::rest() {
    if (blocked_ == blocked_by::cursor) {
        window_.wait(5ms);
    } else if (blocked_ != blocked_by::log || window_.brokers_down()) {
        window_.wait(patience);
    } else if (stopping_) {
        window_.wait(10ms);
    } else if (settings_.announcements) {
        window_.wait(patience);  // they are rare: not worth a look at every row as it comes
    } else {
        // Reports that come meanwhile only move the cursor: that can wait for a moment, new rows cannot.
        log_->wait_past(read_, window_.empty() ? std::chrono::milliseconds(patience) : 25ms);
    }
}

void cursor_pump::impl::housekeep() {
    const auto now = clock::now();
    if (now - looked_at_lag_ < 1s) {
        return;
    }
    looked_at_lag_ = now;
    log_->flush();
    refresh_saved();
    oldest_ms_ = log_->last_seq() > cursor_ ? log_->oldest_after_ms(cursor_).value_or(0) : 0;
}

}  // namespace tapes::publish
