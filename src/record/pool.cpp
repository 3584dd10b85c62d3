#include "answers_under_way.hpp"
#include "early_question.hpp"
#include "late_answer.hpp"
#include "turn_maker.hpp"
#include "watch.hpp"
#include "work_queue.hpp"
#include "worker.hpp"

#include <tapes/llm/later_request.hpp>
#include <tapes/record/pool.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <new>
#include <thread>
#include <utility>

namespace tapes::record {

namespace {

/// One of them is always there for what takes short.
constexpr unsigned least_workers = 2;
/// How long an exchange waits before the work is said to stand still.
constexpr std::chrono::seconds longest_usual_wait{5};
constexpr std::chrono::seconds longest_usual_postponement{60};

unsigned worker_count(const settings& options) {
    return options.workers > 0 ? std::max(options.workers, least_workers)
                               : std::clamp(std::thread::hardware_concurrency() / 2, least_workers, 16U);
}

}  // namespace

class pool::impl {
public:
    impl(settings options, const std::string& redaction_key, store::writer& writer, capture::ledger& account)
        : maker_{options, redaction_key},
          store_path_{std::move(options.store_path)},
          writer_{writer},
          account_{account},
          shared_{std::make_shared<shared_queue>(worker_count(options))},
          limits_{options.work_limit} {
        for (unsigned i = 0; i < worker_count(options); ++i) {
            threads_.emplace_back([this] {
                worker{
                    {maker_, shared_->queue, under_way_, progress_, writer_, account_, store_path_, limits_}}
                    .run();
                ++ended_;
            });
        }
    }

    /// Where the question of the exchange was handed over, the rest follows that.
    static bool conclude(std::unique_ptr<capture::exchange>& ended) noexcept {
        const auto begun = std::exchange(ended->begun, nullptr);
        if (begun) {
            begun->conclude(std::move(ended));
        }
        return begun != nullptr;
    }

    void finish_all(work_queue::exchanges ended) {
        std::erase_if(ended, conclude);
        for (const auto& one : ended) {
            one->owe(account_);
        }
        for (const auto& left : shared_->queue.add(std::move(ended))) {  // accounted for, if not recorded
            give_up(*left, shared_->queue.is_stopping() ? capture::drop_reason::store_error
                                                        : capture::drop_reason::over_budget);
        }
    }

    void give_up_unmade(capture::exchange& ended) noexcept {
        ended.owe(account_);
        give_up(ended, capture::drop_reason::over_budget);
    }

    std::unique_ptr<answer_watch> watch(capture::exchange& running) {
        return make_watch(running,
                          [this, &running] { early_question::hand_over(running, shared_, account_); });
    }

    void prepare(capture::exchange& running) {
        const auto* const api = llm::find_api(running.api_method(), running.path);
        if (running.prepared || api == nullptr) {
            return;
        }
        const auto body = running.request_body.view();  // a file is mapped here, not by two threads at once
        if (!body.empty()) {
            shared_->queue.add_early(running, body);
        }
    }

    bool store_failing() const noexcept { return writer_.failing(); }

    std::shared_ptr<answer_rest> expect_rest(capture::exchange& ended) {
        auto rest = std::make_shared<late_answer>(ended, shared_);
        ended.rest = rest;
        return rest;
    }

    std::string standstill() const {
        const auto waited = shared_->queue.longest_wait();
        if (waited < longest_usual_wait &&
            shared_->queue.longest_postponement() < longest_usual_postponement) {
            return {};
        }
        return "recording stands still: an exchange has waited for " +
               std::to_string(std::max(waited, shared_->queue.longest_postponement()).count() / 1000) +
               " s for a worker";
    }

    void stop(const hurry_signal& given) {
        const auto until = std::chrono::steady_clock::now() + longest_wait_at_stop;
        bool hurry = await_late_answers(given);
        shared_->queue.stop();
        while (given && !hurry && ended_.load() < threads_.size()) {
            hurry = given(wait_step) || std::chrono::steady_clock::now() >= until;
        }
        if (hurry) {
            shared_->queue.hurry();
        }
        for (auto& thread : threads_) {
            if (thread.joinable()) {
                thread.join();
            }
        }
    }

private:
    /// Waits for the commits of exchanges to which something is to be added. The relay has stopped, so all of
    /// their answers have ended.
    /// Returns true where that is to be hurried.
    bool await_late_answers(const hurry_signal& hurried) {
        const auto until = std::chrono::steady_clock::now() + longest_wait_at_stop;
        bool hurry = false;
        while (!hurry && shared_->open_answers.load() > 0 && !writer_.failing() &&
               std::chrono::steady_clock::now() < until) {
            writer_.wait_past(writer_.last_seq(), wait_step);
            hurry = hurried && hurried(std::chrono::milliseconds{0});
        }
        return hurry;
    }

    static constexpr std::chrono::seconds longest_wait_at_stop{10};
    static constexpr std::chrono::milliseconds wait_step{5};

    const turn_maker maker_;
    const std::string store_path_;
    answers_under_way under_way_;
    work_progress progress_;
    store::writer& writer_;
    capture::ledger& account_;
    std::shared_ptr<shared_queue> shared_;
    const work_limits limits_;
    std::atomic<std::size_t> ended_{0};  ///< of the threads
    std::vector<std::thread> threads_;
};

pool::pool(settings options, const std::string& redaction_key, store::writer& writer,
           capture::ledger& account)
    : impl_{std::make_unique<impl>(std::move(options), redaction_key, writer, account)} {}
pool::~pool() {
    stop();
}

bool pool::may_be_turn(std::string_view method, std::string_view path) const noexcept {
    try {
        return llm::find_spoken_api(method, path) != nullptr;
    } catch (const std::bad_alloc&) {
        return true;
    }
}

bool pool::streams_array(std::string_view method, std::string_view path) const {
    return llm::streams_array(method, path);
}

std::unique_ptr<answer_watch> pool::watch_answer(capture::exchange& running) {
    return impl_->watch(running);
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
std::shared_ptr<answer_rest> pool::expect_rest(capture::exchange& ended) {
    return impl_->expect_rest(ended);
}
void pool::finish(std::unique_ptr<capture::exchange> ended) {
    if (impl::conclude(ended)) {
        return;
    }
    std::vector<std::unique_ptr<capture::exchange>> one;
    try {
        one.resize(1);
    } catch (const std::bad_alloc&) {
        impl_->give_up_unmade(*ended);
        return;
    }
    one.front() = std::move(ended);
    impl_->finish_all(std::move(one));
}

void pool::finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) {
    impl_->finish_all(std::move(ended));
}
bool pool::store_failing() const noexcept {
    return impl_->store_failing();
}
std::string pool::standstill() const {
    return impl_->standstill();
}
void pool::stop(const hurry_signal& hurried) {
    impl_->stop(hurried);
}

}  // namespace tapes::record
