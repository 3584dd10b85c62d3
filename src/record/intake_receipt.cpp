#include "intake_receipt.hpp"

#include <utility>
#include <vector>

namespace tapes::record {

/// The way of its receipts, too: they are told on the thread of the writer.
class intake_receipts::state final : public capture::lane {
public:
    void deliver(std::vector<std::shared_ptr<capture::receipt>> settled) override {
        for (const auto& one : settled) {
            one->settled();
        }
    }
    void expect_one() {
        const sync::lock_guard guard{mutex_};
        ++pending_;
    }
    void settle_one() {
        const sync::lock_guard guard{mutex_};
        --pending_;
        changed_.notify_all();
    }
    std::size_t pending() {
        const sync::lock_guard guard{mutex_};
        return pending_;
    }
    void await_all(std::chrono::milliseconds longest, const std::function<bool()>& hopeless) {
        constexpr std::chrono::milliseconds step{50};
        const auto deadline = sync::condition_variable::clock::now() + longest;
        sync::unique_lock lock{mutex_};
        while (pending_ > 0 && sync::condition_variable::clock::now() < deadline && !hopeless()) {
            changed_.wait_for(lock, step);
        }
    }

private:
    sync::mutex mutex_;
    sync::condition_variable changed_;
    std::size_t pending_ TAPES_GUARDED_BY(mutex_) = 0;
};

namespace {

/// Owns the state, which is its lane.
template <class State>
class intake_receipt final : public capture::receipt {
public:
    explicit intake_receipt(std::shared_ptr<State> state) : receipt{*state}, state_{std::move(state)} {}
    void settled() override { state_->settle_one(); }

private:
    std::shared_ptr<State> state_;
};

}  // namespace

intake_receipts::intake_receipts() : state_{std::make_shared<state>()} {}
intake_receipts::~intake_receipts() = default;

std::shared_ptr<capture::receipt> intake_receipts::expect_one() {
    auto made = std::make_shared<intake_receipt<state>>(state_);
    state_->expect_one();
    return made;
}

std::size_t intake_receipts::pending() const {
    return state_->pending();
}

void intake_receipts::await_all(std::chrono::milliseconds longest,
                                const std::function<bool()>& hopeless) const {
    state_->await_all(longest, hopeless);
}

}  // namespace tapes::record
