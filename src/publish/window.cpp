#include "window.hpp"

namespace tapes::publish {

std::uint64_t window::add(std::uint64_t seq, std::uint64_t events, std::uint64_t bytes) {
    const sync::lock_guard hold{mutex_};
    rows_.push_back({seq, events, events, bytes});
    bytes_ += bytes;
    return first_ + rows_.size() - 1;
}

window::progress window::take_done() {
    const sync::lock_guard hold{mutex_};
    progress done;
    while (front_done()) {
        const auto& front = rows_.front();
        ++done.rows;
        done.seq = front.seq;
        done.bytes += front.bytes;
        done.events += front.events;
        bytes_ -= front.bytes;
        rows_.pop_front();
        ++first_;
    }
    return done;
}

std::optional<window::fault> window::trouble_so_far() const {
    const sync::lock_guard hold{mutex_};
    return fault_;
}

bool window::empty() const {
    const sync::lock_guard hold{mutex_};
    return rows_.empty();
}

std::uint64_t window::bytes() const {
    const sync::lock_guard hold{mutex_};
    return bytes_;
}

bool window::brokers_down() const {
    const sync::lock_guard hold{mutex_};
    return brokers_down_;
}

std::string window::last_trouble() const {
    const sync::lock_guard hold{mutex_};
    return trouble_;
}

void window::take_back() {
    const sync::lock_guard hold{mutex_};
    bytes_ -= rows_.back().bytes;
    rows_.pop_back();
}

void window::reset() {
    const sync::lock_guard hold{mutex_};
    rows_.clear();
    first_ = 0;
    bytes_ = 0;
    fault_.reset();
    brokers_down_ = false;
}

void window::wait(std::chrono::milliseconds timeout) {
    sync::unique_lock hold{mutex_};
    const auto deadline = sync::condition_variable::clock::now() + timeout;
    while (!woken_ && !fault_ && !front_done() && changed_.wait_until(hold, deadline)) {
    }
    woken_ = false;
}

void window::wake() {
    const sync::lock_guard hold{mutex_};
    woken_ = true;
    changed_.notify_all();
}

void window::delivered(std::span<const bus::delivery_report> reports) {
    const sync::lock_guard hold{mutex_};
    for (const auto& report : reports) {
        if (report.opaque < first_ || report.opaque - first_ >= rows_.size()) {
            continue;  // cannot be: a row leaves only when all of it is reported
        }
        auto& row = rows_[report.opaque - first_];
        if (report.why == bus::failure::none) {
            --row.open;
            brokers_down_ = false;
            continue;
        }
        // Among the reports of one failed batch the one that names the cause counts, not those it took along.
        if (!fault_ || (bus::permanent(report.why) && !bus::permanent(fault_->why))) {
            auto suspects = fault_ ? std::move(fault_->suspects) : std::set<std::uint64_t>{};
            fault_ = fault{report.why, std::string(report.reason), std::move(suspects)};
        }
        if (bus::permanent(report.why)) {
            fault_->suspects.insert(row.seq);
        }
    }
    if (fault_ || front_done()) {
        changed_.notify_all();
    }
}

void window::trouble(bus::severity level, std::string_view text) {
    const sync::lock_guard hold{mutex_};
    if (level != bus::severity::fatal) {
        if (level == bus::severity::passing || trouble_.empty()) {
            trouble_ = text;  // the one that says why, not that all are down
        }
        brokers_down_ = brokers_down_ || level == bus::severity::unreachable;
        return;
    }
    if (!fault_) {
        fault_ = fault{bus::failure::transient, std::string(text), {}};
    }
    changed_.notify_all();
}

}  // namespace tapes::publish
