#include "write/aside.hpp"

#include <tapes/store/writer.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <utility>

namespace tapes::store {

namespace {

constexpr std::chrono::seconds patience{10};

/// Shared by who waits and the writer's thread.
struct aside_state {
    sync::mutex mutex;  ///< held while the work is done
    sync::condition_variable changed;
    bool abandoned TAPES_GUARDED_BY(mutex) = false;
    bool done TAPES_GUARDED_BY(mutex) = false;
    std::exception_ptr failure TAPES_GUARDED_BY(mutex);
};

class called_aside final : public aside {
public:
    called_aside(std::shared_ptr<aside_state> state, std::function<void(committer&)> work)
        : state_{std::move(state)}, work_{std::move(work)} {}

    void run(committer* store) noexcept override {
        const sync::lock_guard guard{state_->mutex};
        if (state_->abandoned) {
            return;
        }
        try {
            if (store == nullptr) {
                throw std::runtime_error{"the store is closed"};
            }
            work_(*store);
        } catch (...) {
            state_->failure = std::current_exception();
        }
        state_->done = true;
        state_->changed.notify_all();
    }

private:
    std::shared_ptr<aside_state> state_;
    std::function<void(committer&)> work_;
};

}  // namespace

void run_aside(writer& of, std::function<void(committer&)> work) {
    const auto state = std::make_shared<aside_state>();
    of.submit(std::make_unique<called_aside>(state, std::move(work)));
    sync::unique_lock lock{state->mutex};
    const auto deadline = sync::condition_variable::clock::now() + patience;
    while (!state->done && state->changed.wait_until(lock, deadline)) {
    }
    if (!state->done) {
        state->abandoned = true;
        const auto now = of.status();
        throw std::runtime_error{"the store is busy" + (now.failing ? ": " + now.error : std::string{})};
    }
    // The writer's thread lets go of the state at any time, but no longer of what was thrown.
    if (const auto failure = std::exchange(state->failure, nullptr)) {
        std::rethrow_exception(failure);
    }
}

}  // namespace tapes::store
