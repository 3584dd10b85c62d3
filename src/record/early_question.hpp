#pragma once

#include "late_answer.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/capture/opening.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstdint>
#include <memory>

namespace tapes::record {

/// The question of an answer in the background, on its way into the store while the answer's stream is still
/// coming. It is counted in the ledger when it is committed, and its exchange no second time; where it leaves
/// no row, it is as if it had not been handed over. Shared by the running exchange and the question.
class early_question final : public capture::opening {
public:
    /// Hands over what has come of `running`, up to the event that names the answer, and lets `running` know
    /// of it. Does nothing where there is no room for a copy of the request. For the relay's thread.
    static void hand_over(capture::exchange& running, const std::shared_ptr<shared_queue>& to,
                          capture::ledger& account) noexcept;

    /// `account` must outlive this.
    early_question(std::shared_ptr<shared_queue> to, capture::ledger& account) noexcept
        : to_{std::move(to)}, account_{account} {
        ++to_->open_answers;
    }
    ~early_question() override { --to_->open_answers; }
    early_question(const early_question&) = delete;
    early_question& operator=(const early_question&) = delete;

    void conclude(std::unique_ptr<capture::exchange> whole) noexcept override;

    /// The question is committed as row `seq`, or (0) it never will be. `goes_on_from`: the node that its
    /// request names.
    void settled(std::int64_t seq, std::int64_t goes_on_from) noexcept;

private:
    void add(std::unique_ptr<capture::exchange> whole) noexcept;

    const std::shared_ptr<shared_queue> to_;
    capture::ledger& account_;

    sync::mutex mutex_;
    bool settled_ TAPES_GUARDED_BY(mutex_) = false;
    std::unique_ptr<capture::exchange> whole_ TAPES_GUARDED_BY(mutex_);

    // Once it is settled.
    std::int64_t seq_ = 0;
    std::int64_t goes_on_from_ = 0;
};

}  // namespace tapes::record
