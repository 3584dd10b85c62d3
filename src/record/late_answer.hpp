#pragma once

#include "work_queue.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/capture/sequel.hpp>
#include <tapes/record/recorder.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace tapes::record {

/// The queue of a pool, which outlives the pool while answers are open whose exchanges were handed over.
struct shared_queue {
    explicit shared_queue(std::size_t workers) noexcept : queue{workers} {}

    work_queue queue;
    std::atomic<std::size_t> open_answers{0};
};

/// What comes of an answer behind the end event at which its exchange was handed over. Once that is committed
/// and the answer has ended, what came is added to the exchange, which is handed over again to replace its
/// row. Where nothing came, the exchange is given up. Shared by the relay and the exchange.
class late_answer final : public answer_rest, public capture::sequel {
public:
    late_answer(const capture::exchange& ended, std::shared_ptr<shared_queue> to)
        : to_{std::move(to)}, bytes_{ended.limits(), ended.spill()} {
        ++to_->open_answers;
    }
    ~late_answer() override { --to_->open_answers; }
    late_answer(const late_answer&) = delete;
    late_answer& operator=(const late_answer&) = delete;

    void append(std::string_view bytes, std::int64_t at_us) override;
    void end(capture::end_reason ended, capture::timestamp last_byte_at,
             std::uint64_t received) noexcept override;
    void committed(std::unique_ptr<capture::exchange> stored, std::int64_t seq) noexcept override;

private:
    void complete(std::unique_ptr<capture::exchange> stored) noexcept;

    const std::shared_ptr<shared_queue> to_;

    // The relay's until `over_`, then of whoever completes it.
    capture::body bytes_;
    capture::chunk_times times_;
    std::uint64_t late_bytes_ = 0;
    capture::timestamp last_byte_at_{};
    std::uint64_t received_ = 0;
    capture::end_reason ended_ = capture::end_reason::complete;

    sync::mutex mutex_;
    bool over_ TAPES_GUARDED_BY(mutex_) = false;
    std::int64_t seq_ = 0;
    std::unique_ptr<capture::exchange> stored_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::record
