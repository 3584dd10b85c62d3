#include "live/folded_answer.hpp"

#include <tapes/llm/later_request.hpp>
#include <tapes/record/answers_in_flight.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

namespace tapes::record {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_answers = 64;
constexpr std::uint64_t most_request_bytes = std::uint64_t{8} << 20;
constexpr std::uint64_t most_pending_bytes = std::uint64_t{1} << 20;  ///< of one answer
constexpr std::chrono::milliseconds round_interval{40};
constexpr std::chrono::milliseconds longest_interval{1000};
/// So much longer than a look takes it is until the next one.
constexpr int rest_factor = 20;
/// Recording goes before looking: see nice(2).
constexpr int less_than_recording = 10;

/// One answer that is shown. `mutex_` of the owner guards what both threads touch.
struct copied {
    copied(answer_origin origin, capture::budget& limits)
        : pending_held{limits}, request_held{limits}, folded{std::move(origin), limits} {}

    // Both threads'.
    std::string pending;
    reservation pending_held;
    bool over = false;
    bool given_up = false;  ///< there was no room for it, or enough was shown

    // The thread's.
    reservation request_held;
    folded_answer folded;
    std::uint64_t looked_at_bytes = 0;
    clock::time_point next_look{};
    clock::time_point last_look{};
};

}  // namespace

class answers_in_flight::impl {
public:
    impl(const http::redaction_settings& redaction, const std::string& key, capture::budget& limits,
         show_answer show, find_begun_answer find_begun)
        : redactor_{key, redaction},
          limits_{limits},
          show_{std::move(show)},
          find_begun_{std::move(find_begun)},
          thread_{[this] { run(); }} {}

    std::unique_ptr<answer_copy> begin(capture::exchange& running, std::uint64_t round);
    void forget() noexcept;
    void stop();
    bool room() const {
        const sync::lock_guard guard{mutex_};
        return !stopping_ && all_.size() < most_answers;
    }

private:
    class copy;

    void run();
    void look(const std::shared_ptr<copied>& one);
    bool is_due(const copied& one, clock::time_point now) const TAPES_REQUIRES(mutex_);

    const http::redactor redactor_;
    capture::budget& limits_;
    const show_answer show_;
    const find_begun_answer find_begun_;
    mutable sync::mutex mutex_;
    sync::condition_variable changed_;
    std::vector<std::shared_ptr<copied>> all_ TAPES_GUARDED_BY(mutex_);
    bool stopping_ TAPES_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

class answers_in_flight::impl::copy final : public answer_copy {
public:
    copy(impl& owner, std::shared_ptr<copied> one, std::uint64_t round)
        : owner_{owner}, one_{std::move(one)}, round_{round} {}
    ~copy() override {
        const sync::lock_guard guard{owner_.mutex_};
        one_->over = true;
    }
    copy(const copy&) = delete;
    copy& operator=(const copy&) = delete;

    void feed(std::string_view bytes) noexcept override {
        const sync::lock_guard guard{owner_.mutex_};
        auto& one = *one_;
        if (one.given_up || one.over) {
            return;
        }
        const auto all = one.pending.size() + bytes.size();
        if (all > most_pending_bytes || !one.pending_held.grow_early_to(all)) {
            one.given_up = true;
            return;
        }
        try {
            one.pending.append(bytes);
        } catch (const std::exception&) {
            one.given_up = true;
        }
    }

    std::uint64_t round() const noexcept override { return round_; }

private:
    impl& owner_;
    const std::shared_ptr<copied> one_;
    const std::uint64_t round_;
};

std::unique_ptr<answer_copy> answers_in_flight::impl::begin(capture::exchange& running, std::uint64_t round) {
    const auto later = llm::find_later_request(running.api_method(), running.target);
    const bool goes_on = later && later->wanted == llm::later_request::purpose::fetch;
    const auto* const api = goes_on ? later->spoken : llm::find_api(running.api_method(), running.path);
    auto& asked = running.request_body;
    auto& answered = running.response_body;
    if (api == nullptr || api->make_reducer == nullptr || !asked.complete() || asked.spilled() ||
        asked.size() > most_request_bytes || !answered.complete() || answered.spilled() ||
        answered.size() > most_pending_bytes || !room()) {
        return nullptr;
    }
    reservation charged{limits_};
    const auto request_bytes = 2 * asked.size() + running.request_head.size() + running.response_head.size();
    if (!charged.grow_early_to(request_bytes + answered.size())) {
        return nullptr;
    }
    answer_origin origin;
    auto& about = origin.about;
    about.exchange = running.id;
    about.api = api->name;
    about.provider = running.provider;
    about.agent_name = running.agent_name;
    about.project = running.project;
    about.session = running.session;
    about.started_at = running.accepted_at;
    origin.api = api;
    origin.path = llm::facts_of(*api, running.path);
    origin.target = running.target;
    origin.request_head = running.request_head;
    origin.request_encoding = running.request_encoding;
    origin.request_body = asked.view();
    origin.response_head = running.response_head;
    origin.response_encoding = running.response_encoding;
    origin.websocket = running.websocket;
    if (goes_on) {
        origin.later_id = later->id;
        origin.starting_after = later->starting_after;
    }
    charged.shrink_to(0);
    auto one = std::make_shared<copied>(std::move(origin), limits_);
    if (!one->request_held.grow_early_to(request_bytes) ||
        !one->pending_held.grow_early_to(answered.size())) {
        return nullptr;
    }
    one->pending = answered.view();
    auto made = std::make_unique<copy>(*this, one, round);
    {
        const sync::lock_guard guard{mutex_};
        all_.push_back(std::move(one));
    }
    changed_.notify_one();
    return made;
}

void answers_in_flight::impl::forget() noexcept {
    decltype(all_) forgotten;  // destroyed without the mutex: the relay's threads wait for it
    const sync::lock_guard guard{mutex_};
    all_.swap(forgotten);
}

void answers_in_flight::impl::stop() {
    {
        const sync::lock_guard guard{mutex_};
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

/// Looks become rarer as the answer grows, so that all of them together cost a fixed multiple of its bytes,
/// or of the time.
bool answers_in_flight::impl::is_due(const copied& one, clock::time_point now) const {
    if (one.over || one.given_up) {
        return true;
    }
    const auto bytes = one.folded.bytes() + one.pending.size();
    constexpr std::uint64_t share = 32;
    const bool grown = bytes >= one.looked_at_bytes + one.looked_at_bytes / share;
    return !one.pending.empty() && now >= one.next_look && (grown || now - one.last_look > longest_interval);
}

void answers_in_flight::impl::run() {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), less_than_recording);
    while (true) {
        std::vector<std::shared_ptr<copied>> due;
        {
            sync::unique_lock lock{mutex_};
            while (all_.empty() && !stopping_) {
                changed_.wait(lock);
            }
            if (stopping_) {
                return;
            }
            const auto now = clock::now();
            std::ranges::copy_if(all_, std::back_inserter(due),
                                 [&](const auto& one) TAPES_REQUIRES(mutex_) { return is_due(*one, now); });
            if (due.empty()) {
                changed_.wait_for(lock, round_interval);
            }
        }
        for (const auto& one : due) {
            try {
                look(one);
            } catch (const std::exception& error) {
                spdlog::debug("an answer is not shown while it comes: {}", error.what());
                const sync::lock_guard guard{mutex_};
                std::erase(all_, one);
            }
        }
    }
}

void answers_in_flight::impl::look(const std::shared_ptr<copied>& one) {
    std::string bytes;
    bool over = false;
    bool given_up = false;
    {
        const sync::lock_guard guard{mutex_};
        given_up = one->given_up;
        bytes = std::exchange(one->pending, {});
        one->pending_held.shrink_to(0);
        over = one->over || given_up;
    }
    const auto begun = clock::now();
    if (!one->folded.find_begun(find_begun_)) {
        const sync::lock_guard guard{mutex_};
        std::erase(all_, one);
        return;
    }
    const bool goes_on = one->folded.feed(bytes);
    auto shown = one->folded.look(redactor_, over);
    shown.cut = shown.cut || given_up;
    one->request_held.shrink_to(0);
    one->looked_at_bytes = one->folded.bytes();
    one->last_look = clock::now();
    one->next_look =
        one->last_look + std::max<clock::duration>(round_interval, rest_factor * (one->last_look - begun));
    {
        const sync::lock_guard guard{mutex_};
        if (over) {
            std::erase(all_, one);
        } else {
            one->given_up = one->given_up || !goes_on;
        }
    }
    show_(shown);
}

answers_in_flight::answers_in_flight(const http::redaction_settings& redaction,
                                     const std::string& redaction_key, capture::budget& limits,
                                     show_answer show, find_begun_answer find_begun)
    : impl_{
          std::make_unique<impl>(redaction, redaction_key, limits, std::move(show), std::move(find_begun))} {}

answers_in_flight::~answers_in_flight() {
    stop();
}

/// Whoever sees that answers are wanted sees the new round, too, and what is begun in that is not forgotten.
void answers_in_flight::want(bool wanted) noexcept {
    if (!wanted) {
        wanted_.store(false, std::memory_order_release);
    }
    impl_->forget();
    round_.fetch_add(1, std::memory_order_relaxed);
    wanted_.store(wanted, std::memory_order_release);
}

std::unique_ptr<answer_copy> answers_in_flight::begin(capture::exchange& running) noexcept {
    try {
        return wanted() ? impl_->begin(running, round()) : nullptr;
    } catch (const std::exception&) {
        return nullptr;
    }
}

void answers_in_flight::stop() {
    impl_->stop();
}

}  // namespace tapes::record
