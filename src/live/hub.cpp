#include "hub_core.hpp"

#include <algorithm>
#include <utility>

namespace tapes::live {

reader::reader(std::shared_ptr<hub_core> core, std::shared_ptr<reader_state> state)
    : core_{std::move(core)}, state_{std::move(state)} {}

reader::~reader() {
    core_->close(state_);
}

std::vector<message> reader::take(std::size_t max_bytes) {
    return core_->take(*state_, max_bytes);
}

void reader::wait_for(std::chrono::milliseconds time) {
    sync::unique_lock lock{core_->mutex};
    const auto until = std::chrono::steady_clock::now() + time;
    while (!state_->woken && !core_->stopping && core_->changed.wait_until(lock, until)) {
    }
}

bool reader::ended() const {
    const sync::lock_guard guard{core_->mutex};
    return core_->stopping;
}

hub::hub(hub_options options) : core_{std::make_shared<hub_core>(std::move(options))} {
    core_->thread = std::thread{[core = core_.get()] { core->run(); }};
}

hub::~hub() {
    stop();
}

std::shared_ptr<reader> hub::open(const event_filter& filter, std::string last_id,
                                  std::function<void()> wake) {
    auto state = std::make_shared<reader_state>();
    state->filter = filter;
    state->last_id = std::move(last_id);
    state->wake = std::move(wake);
    state->told = std::chrono::steady_clock::now();
    {
        const sync::lock_guard guard{core_->mutex};
        if (core_->stopping || core_->readers.size() >= core_->options.readers) {
            return nullptr;
        }
        core_->readers.push_back(state);
        core_->tell_partials_wanted();
        core_->work.notify_one();
    }
    return std::make_shared<reader>(core_, std::move(state));
}

void hub::show(partial_answer answer) {
    std::vector<std::function<void()>> woken;
    {
        const sync::lock_guard guard{core_->mutex};
        if (!core_->partials_wanted ||
            !core_->partials.show(std::move(answer), std::chrono::steady_clock::now())) {
            return;
        }
        woken = core_->wake_all([](const reader_state& one) { return one.filter.partials; });
    }
    for (const auto& one : woken) {
        one();
    }
}

void hub::stop() {
    std::vector<std::function<void()>> woken;
    {
        const sync::lock_guard guard{core_->mutex};
        core_->stopping = true;
        core_->work.notify_all();
        core_->changed.notify_all();
        for (const auto& one : core_->readers) {
            if (one->wake) {
                woken.push_back(one->wake);
            }
        }
    }
    for (const auto& one : woken) {
        one();
    }
    if (core_->thread.joinable()) {
        core_->thread.join();
    }
}

}  // namespace tapes::live
