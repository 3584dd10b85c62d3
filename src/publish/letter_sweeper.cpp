#include <tapes/publish/letter_sweeper.hpp>
#include <tapes/store/clock.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <utility>

namespace tapes::publish {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr auto warn_every = 10s;
/// Letters that are tried in one sweep, before what is too old is looked for again.
constexpr std::size_t most_in_a_sweep = 1000;

std::int64_t us(milliseconds duration) {
    return std::chrono::duration_cast<microseconds>(duration).count();
}

double system_random() {
    static thread_local std::minstd_rand source{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(source);
}

sweep_settings completed(sweep_settings settings) {
    if (!settings.now) {
        settings.now = store::now_us;
    }
    if (!settings.random) {
        settings.random = system_random;
    }
    return settings;
}

store::letter_due next_retry(const sweep_settings& settings, const store::dead_letter& letter,
                             unsigned retries) {
    const auto& policy = settings.policies.find(letter.topic, letter.event_type);
    const auto delay = policy.next_delay(retries, settings.random());
    return delay ? store::letter_due{settings.now() + us(*delay)} : std::nullopt;
}

}  // namespace

store::letter_due first_retry(const sweep_settings& settings, const store::dead_letter& letter) {
    return next_retry(completed(settings), letter, 0);
}

class letter_sweeper::impl {
public:
    impl(store::writer& writer, std::vector<letter_sender*> senders, sweep_settings settings)
        : writer_{writer}, senders_{std::move(senders)}, settings_{completed(std::move(settings))} {
        for (const auto* sender : senders_) {
            const auto more = sender->sources();
            sources_.insert(sources_.end(), more.begin(), more.end());
        }
    }

    void start() {
        thread_ = std::thread{[this] { run(); }};
    }

    void stop() {
        {
            const sync::lock_guard guard{mutex_};
            stopping_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    void wake() {
        {
            const sync::lock_guard guard{mutex_};
            woken_ = true;
        }
        changed_.notify_all();
    }

    std::size_t sweep() {
        expire();
        std::size_t tried = 0;
        while (tried < most_in_a_sweep && !stopping()) {
            // One at a time: a lease covers one try, however many letters wait.
            const auto due =
                store::claim_due_letters(writer_, sources_, settings_.now(), us(settings_.lease), 1);
            if (due.empty()) {
                break;
            }
            ++tried;
            attempt(due.front());
        }
        return tried;
    }

    sweep_status status() const { return {tried_, failed_, errors_, took_us_, expired_}; }

private:
    void run() {
        sync::unique_lock lock{mutex_};
        while (!stopping_) {
            woken_ = false;
            lock.unlock();
            try {
                sweep();
            } catch (const std::exception& error) {
                ++errors_;
                const auto now = std::chrono::steady_clock::now();
                if (now - warned_ >= warn_every) {
                    warned_ = now;
                    spdlog::warn("dead letters: {}", error.what());
                }
            }
            lock.lock();
            const auto next = std::chrono::steady_clock::now() + settings_.interval;
            while (!stopping_ && !woken_ && changed_.wait_until(lock, next)) {
            }
        }
    }

    bool stopping() {
        const sync::lock_guard guard{mutex_};
        return stopping_;
    }

    void expire() {
        if (settings_.retention.count() == 0) {
            return;
        }
        const auto now = settings_.now();
        // A look at the whole table: not at every turn.
        if (looked_for_old_ != 0 && now - looked_for_old_ < us(60s)) {
            return;
        }
        looked_for_old_ = now;
        const auto days = std::chrono::duration<double, std::ratio<86'400>>{settings_.retention}.count();
        const auto reason =
            "older than the retention of " + std::to_string(static_cast<long>(days)) + " days";
        store::letter_filter old;
        old.received_until_us = now - us(settings_.retention);
        const auto count = store::discard_letters(writer_, old, reason);
        if (count > 0) {
            expired_ += count;
            spdlog::warn("dead letters: {} discarded: {}", count, reason);
        }
    }

    void attempt(const store::kept_letter& letter) {
        const auto start = std::chrono::steady_clock::now();
        store::retry_outcome outcome;
        try {
            auto& sender = sender_of(letter);
            auto result = sender.resend(letter, settings_.timeout);
            outcome.delivered = result.written();
            outcome.counted = outcome.delivered || bus::permanent(result.why);
            outcome.reason = std::move(result.reason);
        } catch (const std::exception& error) {
            ++errors_;
            outcome.reason = error.what();
        }
        ++tried_;
        took_us_ += static_cast<std::uint64_t>(
            std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start).count());
        if (!outcome.delivered) {
            ++failed_;
            outcome.due = outcome.counted ? next_retry(settings_, letter, letter.retries + 1)
                                          : store::letter_due{settings_.now() + us(settings_.postponed)};
        }
        const bool ours = store::settle_retry(writer_, letter, outcome);
        tell(letter, outcome, ours);
    }

    static void tell(const store::kept_letter& letter, const store::retry_outcome& outcome, bool ours) {
        if (!ours) {
            spdlog::warn("dead letter {}: its lease had run out, or it was changed meanwhile", letter.id);
        } else if (outcome.delivered) {
            spdlog::info("dead letter {}: delivered to {} by retry {}", letter.id, letter.topic,
                         letter.retries + 1);
        } else if (outcome.counted) {
            spdlog::warn("dead letter {}: retry {} failed: {}{}", letter.id, letter.retries + 1,
                         outcome.reason, outcome.due ? "" : "; it waits for a person");
        }
    }

    letter_sender& sender_of(const store::kept_letter& letter) const {
        for (auto* sender : senders_) {
            const auto mine = sender->sources();
            if (std::ranges::find(mine, letter.source) != mine.end()) {
                return *sender;
            }
        }
        throw std::runtime_error{"nobody sends for " + letter.source};
    }

    store::writer& writer_;
    const std::vector<letter_sender*> senders_;
    const sweep_settings settings_;
    std::vector<std::string> sources_;

    std::int64_t looked_for_old_ = 0;
    std::chrono::steady_clock::time_point warned_{};
    std::atomic<std::uint64_t> tried_{0}, failed_{0}, errors_{0}, took_us_{0}, expired_{0};

    sync::mutex mutex_;
    sync::condition_variable changed_;
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
    bool woken_ TAPES_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

letter_sweeper::letter_sweeper(store::writer& writer, std::vector<letter_sender*> senders,
                               sweep_settings settings)
    : impl_{std::make_unique<impl>(writer, std::move(senders), std::move(settings))} {}
letter_sweeper::~letter_sweeper() {
    impl_->stop();
}
void letter_sweeper::start() {
    impl_->start();
}
void letter_sweeper::stop() {
    impl_->stop();
}
void letter_sweeper::wake() {
    impl_->wake();
}
std::size_t letter_sweeper::sweep() {
    return impl_->sweep();
}
sweep_status letter_sweeper::status() const {
    return impl_->status();
}

}  // namespace tapes::publish
