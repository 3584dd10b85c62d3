#include "work_queue.hpp"

#include <tapes/llm/later_request.hpp>

#include <new>
#include <utility>

namespace tapes::record {

namespace {

/// How many exchanges may wait for the workers that are awake before one more is woken.
constexpr std::size_t most_behind = 16;
/// How many requests may wait to be prepared: with more of them there is no time to spare.
constexpr std::size_t most_early = 64;
/// How long bytes may be kept after hurry(), by all workers: who hurries waits two seconds at most.
constexpr std::chrono::seconds hurried_keeping{1};

}  // namespace

work_queue::exchanges work_queue::add(exchanges ended) {
    const auto now = clock::now();
    std::size_t next = 0;
    bool wake = false;
    {
        const sync::lock_guard lock{mutex_};
        if (stopping_) {
            return ended;
        }
        while (next < ended.size() && make_room(ended_)) {
            ended_.back() = {{std::move(ended[next++]), nullptr}, now};
        }
        wake = idle_ > 0;
    }
    if (wake) {
        waiting_.notify_one();
    }
    ended.erase(ended.begin(), ended.begin() + static_cast<std::ptrdiff_t>(next));
    return ended;
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
    while (!has_ended()) {
        if (stopping_) {
            return {};
        }
        if (auto early = take_early()) {
            return {{}, std::move(early)};
        }
        ++idle_;
        waiting_.wait(lock);
        --idle_;
    }
    return {take_ended(), nullptr};
}

work_queue::share work_queue::take_waiting() {
    const sync::lock_guard lock{mutex_};
    return {has_ended() ? take_ended() : task{}, nullptr};
}

task work_queue::take_ended() {
    auto& from = postponed_.empty() || (!may_go_long() && !ended_.empty()) ? ended_ : postponed_;
    auto first = std::move(from.front().item);
    from.pop_front();
    if (first.is_long) {
        ++long_;
        return first;
    }
    if (ended_.size() > most_behind && idle_ > 0) {
        waiting_.notify_one();
    }
    try {
        const auto* const api = llm::find_spoken_api(first.ended->api_method(), first.ended->path);
        first.ticket = api != nullptr && api->stateful ? arrivals_.enter() : nullptr;
    } catch (const std::bad_alloc&) {
        first.ticket = nullptr;  // nobody waits for it
    }
    return first;
}

bool work_queue::begin_long() {
    const sync::lock_guard lock{mutex_};
    if (!may_go_long()) {
        return false;
    }
    ++long_;
    return true;
}

bool work_queue::has_long_work() const {
    const sync::lock_guard lock{mutex_};
    return long_ > 0;
}

void work_queue::end_long() {
    {
        const sync::lock_guard lock{mutex_};
        --long_;
    }
    waiting_.notify_one();
}

bool work_queue::postpone(task& ended) {
    const auto now = clock::now();
    {
        const sync::lock_guard lock{mutex_};
        if (!make_room(postponed_)) {
            return false;
        }
        postponed_.back() = {{std::move(ended.ended), nullptr, true}, now};
    }
    waiting_.notify_one();
    return true;
}

void work_queue::wake_other() {
    {
        const sync::lock_guard lock{mutex_};
        if (idle_ == 0 || ended_.empty()) {
            return;
        }
    }
    waiting_.notify_one();
}

std::chrono::milliseconds work_queue::longest_wait() const {
    const sync::lock_guard lock{mutex_};
    return since_first(ended_);
}

std::chrono::milliseconds work_queue::longest_postponement() const {
    const sync::lock_guard lock{mutex_};
    return since_first(postponed_);
}

/// Returns false where there is no memory for one more.
bool work_queue::make_room(std::deque<waiting>& in) {
    try {
        in.emplace_back();
        return true;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

std::chrono::milliseconds work_queue::since_first(const std::deque<waiting>& in) {
    return in.empty()
               ? std::chrono::milliseconds{0}
               : std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() - in.front().since);
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

void work_queue::hurry() noexcept {
    if (!hurried_) {
        keeps_until_ = clock::now() + hurried_keeping;
        hurried_ = true;
    }
}

bool work_queue::has_time_to_keep() const noexcept {
    return !hurried_ || clock::now() < keeps_until_.load();
}

bool work_queue::is_stopping() const {
    const sync::lock_guard lock{mutex_};
    return stopping_;
}

}  // namespace tapes::record
