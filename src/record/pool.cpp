#include "answers_under_way.hpp"
#include "early_work.hpp"
#include "order.hpp"
#include "past.hpp"
#include "turn.hpp"
#include "watch.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <thread>
#include <utility>

namespace tapes::record {

namespace {

/// How many exchanges a worker takes at once: enough to share a wake-up, few enough to leave some to the
/// others.
constexpr std::size_t batch_size = 16;
/// Requests that wait for a worker ahead of their time: with more of them there is no time to spare.
constexpr std::size_t most_early = 64;
/// For turns on their way into the store that a request goes on from.
constexpr std::chrono::seconds longest_wait{1};

}  // namespace

class pool::impl {
public:
    impl(settings how, const std::string& redaction_key, store::writer& writer, capture::ledger& account)
        : maker_{how, redaction_key},
          store_path_{std::move(how.store_path)},
          writer_{writer},
          account_{account} {
        const auto count =
            how.workers > 0 ? how.workers : std::clamp(std::thread::hardware_concurrency() / 2, 1U, 16U);
        for (unsigned i = 0; i < count; ++i) {
            threads_.emplace_back([this] { work(); });
        }
    }

    void finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) {
        bool wake = false;
        {
            const sync::lock_guard lock{mutex_};
            if (!stopping_) {
                queue_.insert(queue_.end(), std::make_move_iterator(ended.begin()),
                              std::make_move_iterator(ended.end()));
                ended.clear();
                wake = idle_ > 0;
            }
        }
        if (wake) {
            waiting_.notify_one();
        }
        for (const auto& late : ended) {  // after stop(): accounted for, if not recorded
            give_up(late->waiter, capture::drop_reason::store_error);
        }
    }

    void prepare(capture::exchange& running) {
        const auto* const api = llm::find_api(running.api_method(), running.path);
        if (running.prepared || api == nullptr || !api->mapped) {
            return;
        }
        const auto body = running.request_body.view();  // a file is mapped here, not by two threads at once
        if (body.empty()) {
            return;
        }
        auto made = std::make_shared<early_work>(running, body);
        {
            const sync::lock_guard lock{mutex_};
            if (stopping_ || early_.size() >= most_early) {
                return;
            }
            early_.push_back(made);
            running.prepared = std::move(made);
            if (idle_ == 0) {
                return;
            }
        }
        waiting_.notify_one();
    }

    bool store_failing() const noexcept { return writer_.failing(); }

    void stop() {
        {
            const sync::lock_guard lock{mutex_};
            stopping_ = true;
        }
        waiting_.notify_all();
        for (auto& thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
    }

private:
    /// An exchange and, where later ones may name its answer, its place among those.
    struct task {
        std::unique_ptr<capture::exchange> ended;
        std::shared_ptr<order::ticket> place;
    };

    /// What a worker does next; nothing: it ends.
    struct share {
        std::vector<task> batch;
        std::shared_ptr<early_work> early;
    };

    /// What has ended first: somebody may wait for it.
    share take() {
        sync::unique_lock lock{mutex_};
        while (queue_.empty() && !stopping_) {
            if (auto early = take_early()) {
                return {{}, std::move(early)};
            }
            ++idle_;
            waiting_.wait(lock);
            --idle_;
        }
        std::vector<task> batch;
        if (queue_.size() > batch_size && idle_ > 0) {
            waiting_.notify_one();  // there is work for one more
        }
        const auto share = std::clamp<std::size_t>(queue_.size() / threads_.size(), 1, batch_size);
        while (!queue_.empty() && batch.size() < share) {
            auto& first = *queue_.front();
            const auto* const api = llm::find_api(first.api_method(), first.path);
            const bool named = api != nullptr && api->stateful;
            batch.push_back({std::move(queue_.front()), named ? order_.enter() : nullptr});
            queue_.pop_front();
        }
        return {std::move(batch), nullptr};
    }

    /// Those whose exchanges have ended meanwhile are passed over.
    std::shared_ptr<early_work> take_early() TAPES_REQUIRES(mutex_) {
        while (!early_.empty()) {
            auto first = std::move(early_.front());
            early_.pop_front();
            if (first->begin()) {
                return first;
            }
        }
        return nullptr;
    }

    void work() {
        const auto known = open_past();
        while (true) {
            auto [batch, early] = take();
            if (early) {
                if (known) {
                    known->await_older = nullptr;
                }
                maker_.prepare(*early, known.get());
                continue;
            }
            if (batch.empty()) {
                return;
            }
            std::vector<std::unique_ptr<store::entry>> made;
            made.reserve(batch.size());
            const auto submit = [&] {
                if (!made.empty()) {
                    writer_.submit(std::exchange(made, {}));
                }
            };
            for (auto& one : batch) {
                if (known) {
                    known->await_older = nullptr;
                    known->await_room = [&] {
                        submit();
                        return await_room();
                    };
                }
                bool waited = false;
                if (known && one.place) {
                    known->await_older = [&, place = one.place.get()] {
                        // Once is enough; and while the store fails nothing arrives.
                        if (!std::exchange(waited, true) && !writer_.failing()) {
                            submit();  // it may be one of these that is waited for
                            place->await_older(longest_wait);
                        }
                    };
                }
                if (one.ended->prepared && static_cast<early_work&>(*one.ended->prepared).is_running()) {
                    submit();  // the others do not wait for it
                }
                if (auto entry = make(std::move(one.ended), known.get())) {
                    entry->settled = until_settled(std::move(one.place), under_way_.add(*entry));
                    made.push_back(std::move(entry));
                }
            }
            submit();
        }
    }

    /// Gives the writer the time to give back some of what it holds. False: it holds nothing, or cannot.
    bool await_room() {
        constexpr std::chrono::milliseconds step{20};
        const auto held = writer_.status().queued;
        const auto may_give = [&] { return !writer_.failing() && !is_stopping(); };
        if (held == 0 || !may_give()) {
            return false;
        }
        while (writer_.status().queued > held / 2 && may_give()) {
            writer_.wait_past(writer_.last_seq(), step);
        }
        return true;
    }

    bool is_stopping() {
        const sync::lock_guard lock{mutex_};
        return stopping_;
    }

    /// What an entry holds until it is committed.
    static std::shared_ptr<void> until_settled(std::shared_ptr<void> place, std::shared_ptr<void> answers) {
        if (!place || !answers) {
            return place ? std::move(place) : std::move(answers);
        }
        return std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(std::move(place),
                                                                                         std::move(answers));
    }

    std::unique_ptr<past> open_past() {
        try {
            if (store_path_.empty()) {
                return nullptr;
            }
            auto opened = std::make_unique<past>(store_path_, writer_);
            opened->under_way = &under_way_;
            return opened;
        } catch (const std::exception& error) {
            // Chains are then found by their hashes alone, when they are written.
            spdlog::error("earlier turns cannot be looked up: {}", error.what());
            return nullptr;
        }
    }

    /// Untrusted input ends no thread, and no exchange goes unaccounted.
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended, past* known) {
        const auto waiter = ended->waiter;
        try {
            auto entry = maker_.make(std::move(ended), known);
            if (entry->exchange->held_bytes() > 0) {
                return entry;
            }
            // Not even a row can be paid for: rows would pile up without limit while the store fails.
        } catch (const std::exception& error) {
            spdlog::error("an exchange could not be recorded: {}", error.what());
        }
        give_up(waiter, capture::drop_reason::over_budget);
        return nullptr;
    }

    void give_up(const std::shared_ptr<capture::receipt>& waiter, capture::drop_reason reason) {
        account_.settle(reason);
        if (waiter) {
            waiter->home().deliver({waiter});
        }
    }

    const turn_maker maker_;
    const std::string store_path_;
    order order_;
    answers_under_way under_way_;
    store::writer& writer_;
    capture::ledger& account_;
    sync::mutex mutex_;
    sync::condition_variable waiting_;
    std::deque<std::unique_ptr<capture::exchange>> queue_ TAPES_GUARDED_BY(mutex_);
    std::deque<std::shared_ptr<early_work>> early_ TAPES_GUARDED_BY(mutex_);
    std::vector<std::thread> threads_;
    std::size_t idle_ TAPES_GUARDED_BY(mutex_) = 0;
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
};

pool::pool(settings how, const std::string& redaction_key, store::writer& writer, capture::ledger& account)
    : impl_{std::make_unique<impl>(std::move(how), redaction_key, writer, account)} {}
pool::~pool() {
    stop();
}

bool pool::may_be_turn(std::string_view method, std::string_view path) const noexcept {
    const auto* const api = llm::find_api(method, path);
    return api != nullptr && api->mapped;
}

std::unique_ptr<answer_watch> pool::watch_answer(capture::exchange& running) {
    return make_watch(running);
}
socket_look pool::watch_socket(std::string_view path) const noexcept {
    return llm::find_socket_look(path);
}
void pool::request_complete(capture::exchange& running) noexcept {
    try {
        impl_->prepare(running);
    } catch (const std::exception&) {
        running.prepared.reset();  // it is all done at the end
    }
}
void pool::finish(std::unique_ptr<capture::exchange> ended) {
    std::vector<std::unique_ptr<capture::exchange>> one;
    one.push_back(std::move(ended));
    impl_->finish_all(std::move(one));
}

void pool::finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) {
    impl_->finish_all(std::move(ended));
}
bool pool::store_failing() const noexcept {
    return impl_->store_failing();
}
void pool::stop() {
    impl_->stop();
}

}  // namespace tapes::record
