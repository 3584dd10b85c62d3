#include "late_answer.hpp"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace tapes::record {

void late_answer::append(std::string_view bytes, std::int64_t at_us) {
    late_bytes_ += bytes.size();
    times_.add(at_us, bytes.size());
    bytes_.append(bytes);
}

void late_answer::end(capture::end_reason ended, capture::timestamp last_byte_at,
                      std::uint64_t received) noexcept {
    std::unique_ptr<capture::exchange> stored;
    {
        const sync::lock_guard guard{mutex_};
        ended_ = ended;
        last_byte_at_ = last_byte_at;
        received_ = received;
        over_ = true;
        stored = std::move(stored_);
    }
    if (stored) {
        complete(std::move(stored));
    }
}

void late_answer::committed(std::unique_ptr<capture::exchange> stored, std::int64_t seq) noexcept {
    stored->drop_holds();
    {
        const sync::lock_guard guard{mutex_};
        seq_ = seq;
        if (!over_) {
            stored_ = std::move(stored);
            return;
        }
    }
    complete(std::move(stored));
}

/// Hands the fuller exchange over. Bytes that the budget refused are missing in it, and counted.
void late_answer::complete(std::unique_ptr<capture::exchange> stored) noexcept {
    if (late_bytes_ == 0) {
        return;
    }
    try {
        stored->amends = seq_;
        stored->part = capture::exchange_part::whole;
        stored->ended = ended_;
        stored->last_byte_at = last_byte_at_;
        stored->response_received = received_;
        if (bytes_.complete()) {
            stored->response_body.append(bytes_.view());
        }
        bytes_.release();
        for (const auto& one : times_.chunks()) {
            stored->response_times.add(times_.began_us() + static_cast<std::int64_t>(one.at_us), one.bytes);
        }
        work_queue::exchanges one;
        one.push_back(std::move(stored));
        if (!to_->queue.add(std::move(one)).empty()) {
            spdlog::warn("{} bytes behind the end of an answer came too late to be recorded", late_bytes_);
        }
    } catch (const std::exception& error) {
        spdlog::error("{} bytes behind the end of an answer could not be added to the record: {}",
                      late_bytes_, error.what());
    }
}

}  // namespace tapes::record
