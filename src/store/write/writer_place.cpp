#include "write/writer_impl.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <ctime>

namespace tapes::store {

namespace {

/// "20261129T010203Z".
std::string compact_time() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts)};
}

/// The file that is open can be written to its path again: it has no name, or has lost its log.
bool can_be_written_anew(store_place::state seen) noexcept {
    return seen == store_place::state::removed || seen == store_place::state::log_removed;
}

}  // namespace

/// Returns true when what is committed counts: the store is where it was opened, or the end has come.
bool writer::impl::in_place() {
    const auto seen = store_->place().look();
    if (seen == store_place::state::here && hold_lock()) {
        absent_since_.reset();
        return true;
    }
    return seen != store_place::state::here && in_place(seen);
}

bool writer::impl::in_place(store_place::state seen) {
    const auto now = clock::now();
    const bool ending = ending_.load(std::memory_order_relaxed);
    absent_since_ = absent_since_.value_or(now);
    if (can_be_written_anew(seen) && (ending || now - *absent_since_ >= settings_.absence)) {
        const auto why = store_->place().reason(seen);
        try {
            store_->write_anew();
            absent_since_.reset();
            spdlog::error("store: {}; all of it was written anew to {}", why, lock_.options().path);
            return hold_lock();
        } catch (const std::exception& error) {
            failed(why + "; it cannot be written anew: " + error.what(), false);
            return false;
        }
    }
    if (ending) {
        return true;  // to the file that is open, wherever that is; say_where_it_is() tells
    }
    failed(store_->place().reason(seen), false);
    return false;
}

/// A lock file that was removed is made anew, unless another process has done so.
bool writer::impl::hold_lock() {
    if (lock_.is_in_place()) {
        return true;
    }
    try {
        lock_.take_again();
        spdlog::warn("store: the lock file of {} was removed; it was made anew", lock_.options().path);
        return true;
    } catch (const std::exception& error) {
        failed(error.what(), false);
        return ending_.load(std::memory_order_relaxed);
    }
}

/// For the time when there is nothing to write.
void writer::impl::watch_place() {
    if (in_place() && failing_.exchange(false)) {
        spdlog::info("store: writing again");
    }
}

/// At the end, with all in the database file: says where that is, where it is not at its path. One without a
/// name is written to a file beside what has taken its place.
void writer::impl::say_where_it_is() {
    const auto& place = store_->place();
    const auto seen = place.look();
    if (seen == store_place::state::here || seen == store_place::state::log_removed) {
        return;
    }
    if (place.has_name()) {
        spdlog::error("store: {}; what was kept is in it, at {}", place.reason(seen), place.present_path());
        return;
    }
    const auto beside = place.file() + ".displaced-" + compact_time();
    store_->copy_to(beside);
    spdlog::error("store: {}; the store that was there is now {}, with all that was kept", place.reason(seen),
                  beside);
}

}  // namespace tapes::store
