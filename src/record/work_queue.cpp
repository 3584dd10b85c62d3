#include "work_queue.hpp"

#include <tapes/llm/api.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace tapes::record {

namespace {

/// How many exchanges a worker takes at once: enough to share a wake-up, few enough to leave some to the
/// others.
constexpr std::size_t most_in_batch = 16;
/// How many requests may wait to be prepared: with more of them there is no time to spare.
constexpr std::size_t most_early = 64;

}  // namespace

work_queue::exchanges work_queue::add(exchanges ended) {
    bool wake = false;
    {
        const sync::lock_guard lock{mutex_};
        if (stopping_) {
            return ended;
        }
        ended_.insert(ended_.end(), std::make_move_iterator(ended.begin()),
                      std::make_move_iterator(ended.end()));
        wake = idle_ > 0;
    }
    if (wake) {
        waiting_.notify_one();
    }
    return {};
}

void work_queue::add_early(capture::exchange& running, std::string_view body) {
    auto work = std::make_shared<early_work>(running, body);
    {
        const sync::lock_guard lock{mutex_};
        if (stopping_ || early_.size() >= most_early) {
            return;
        }
        early_.push_back(work);
        running.prepared = std::move(work);
        if (idle_ == 0) {
            return;
        }
    }
    waiting_.notify_one();
}

work_queue::share work_queue::take() {
    sync::unique_lock lock{mutex_};
    while (ended_.empty() && !stopping_) {
        if (auto early = take_early()) {
            return {{}, std::move(early)};
        }
        ++idle_;
        waiting_.wait(lock);
        --idle_;
    }
    return {take_batch(), nullptr};
}

std::vector<work_queue::task> work_queue::take_batch() {
    std::vector<task> batch;
    if (ended_.size() > most_in_batch && idle_ > 0) {
        waiting_.notify_one();  // there is work for one more
    }
    const auto share = std::clamp<std::size_t>(ended_.size() / workers_, 1, most_in_batch);
    while (!ended_.empty() && batch.size() < share) {
        auto& first = *ended_.front();
        const auto* const api = llm::find_api(first.api_method(), first.path);
        const bool named = api != nullptr && api->stateful;
        batch.push_back({std::move(ended_.front()), named ? arrivals_.enter() : nullptr});
        ended_.pop_front();
    }
    return batch;
}

/// Takes the first whose exchange has not ended meanwhile, or null.
std::shared_ptr<early_work> work_queue::take_early() {
    while (!early_.empty()) {
        auto first = std::move(early_.front());
        early_.pop_front();
        if (first->begin()) {
            return first;
        }
    }
    return nullptr;
}

void work_queue::stop() {
    {
        const sync::lock_guard lock{mutex_};
        stopping_ = true;
    }
    waiting_.notify_all();
}

bool work_queue::is_stopping() const {
    const sync::lock_guard lock{mutex_};
    return stopping_;
}

}  // namespace tapes::record
