#include "early_question.hpp"

#include "worker.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/llm/api.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::record {

namespace {

/// Limits the decoding of how a stream begins.
constexpr http::decode_limits beginning_limits{1024 * 1024, 25};

/// Carries the question, and tells what became of it.
class carried_question final : public capture::sequel {
public:
    explicit carried_question(std::shared_ptr<early_question> of) noexcept : of_{std::move(of)} {}
    ~carried_question() override {
        if (of_) {
            of_->settled(0, 0);
        }
    }
    carried_question(const carried_question&) = delete;
    carried_question& operator=(const carried_question&) = delete;

    void committed(std::unique_ptr<capture::exchange> stored, std::int64_t seq) noexcept override {
        std::exchange(of_, nullptr)->settled(seq, stored->goes_on_from);
    }

private:
    std::shared_ptr<early_question> of_;
};

/// Returns how a stream begins, up to the end of the event that names the answer.
std::string_view beginning_of(const llm::api& spoken, std::string_view stream) {
    const auto watch = spoken.make_end_watch([] { return std::size_t{1}; });
    std::size_t at = 0;
    while (at < stream.size() && watch->told_making() == llm::making::untold) {
        const auto end = std::min(stream.find('\n', at), stream.size() - 1) + 1;
        watch->feed(stream.substr(at, end - at));
        at = end;
    }
    for (const auto* const blank : {"\n", "\r\n"}) {
        if (stream.substr(at).starts_with(blank)) {
            return stream.substr(0, at + std::string_view{blank}.size());
        }
    }
    return stream.substr(0, at);
}

std::int64_t steady_us() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

/// Copies what is known of a request, and of the head of its answer.
std::unique_ptr<capture::exchange> copy_of(const capture::exchange& running) {
    auto made = std::make_unique<capture::exchange>(running.limits(), running.spill());
    made->id = running.id;
    for (const auto text :
         {&capture::exchange::peer, &capture::exchange::method, &capture::exchange::target,
          &capture::exchange::path, &capture::exchange::upstream, &capture::exchange::request_head,
          &capture::exchange::request_encoding, &capture::exchange::provider, &capture::exchange::agent_name,
          &capture::exchange::project, &capture::exchange::session, &capture::exchange::caller,
          &capture::exchange::response_head, &capture::exchange::response_encoding}) {
        (*made).*text = running.*text;
    }
    for (const auto time :
         {&capture::exchange::accepted_at, &capture::exchange::connected_at, &capture::exchange::forwarded_at,
          &capture::exchange::sent_at, &capture::exchange::first_byte_at}) {
        (*made).*time = running.*time;
    }
    made->status = running.status;
    made->event_stream = running.event_stream;
    made->part = capture::exchange_part::question;
    return made;
}

/// Adds how the answer has begun. Where the stream is encoded, that is kept decoded.
void add_beginning(const llm::api& spoken, capture::exchange& running, capture::exchange& question) {
    const auto came = running.response_body.view();
    const bool coded = !http::is_identity(running.response_encoding);
    const auto decoded =
        coded ? http::decode_all(running.response_encoding, came, beginning_limits).bytes : std::string{};
    const auto begins = beginning_of(spoken, coded ? std::string_view{decoded} : came);
    question.response_body.append(begins);
    question.response_received = begins.size();
    std::uint64_t noted = 0;
    for (const auto& one : running.response_times.chunks()) {
        noted += one.bytes;
    }
    if (!coded && noted < begins.size()) {
        question.response_times = running.response_times;
        question.response_times.add(steady_us(), begins.size() - noted);
    }
    question.last_byte_at =
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    // What a row says that nothing is added to any more: the process has ended.
    question.ended = capture::end_reason::shutdown;
}

/// Makes the question of an exchange; null where its request is not known as a whole, or a copy of it has no
/// room.
std::unique_ptr<capture::exchange> question_of(capture::exchange& running) {
    const auto* const spoken = llm::find_api(running.api_method(), running.path);
    const bool passed = running.sent_at != capture::timestamp{};
    const bool at_hand = running.request_body.complete() && running.response_body.complete() &&
                         !running.response_body.spilled();
    if (spoken == nullptr || spoken->make_end_watch == nullptr || !passed || !at_hand) {
        return nullptr;
    }
    auto made = copy_of(running);
    made->request_body.append(running.request_body.view());
    made->request_received = running.request_body.size();
    add_beginning(*spoken, running, *made);
    const bool has_room = made->request_body.complete() && made->response_body.complete() &&
                          made->hold(made->request_head.size());
    return has_room ? std::move(made) : nullptr;
}

}  // namespace

void early_question::hand_over(capture::exchange& running, const std::shared_ptr<shared_queue>& to,
                               capture::ledger& account) noexcept {
    try {
        auto question = question_of(running);
        if (!question) {
            return;
        }
        auto made = std::make_shared<early_question>(to, account);
        question->rest = std::make_shared<carried_question>(made);
        work_queue::exchanges one;
        one.push_back(std::move(question));
        running.begun = std::move(made);
        (void)to->queue.add(std::move(one));  // one that is not taken tells that, as it is destroyed
    } catch (const std::exception& failure) {
        spdlog::warn("the question of an answer in the background is recorded with its answer: {}",
                     failure.what());
    }
}

void early_question::conclude(std::unique_ptr<capture::exchange> whole) noexcept {
    {
        const sync::lock_guard guard{mutex_};
        if (!settled_) {
            whole_ = std::move(whole);
            return;
        }
    }
    add(std::move(whole));
}

void early_question::settled(std::int64_t seq, std::int64_t goes_on_from) noexcept {
    std::unique_ptr<capture::exchange> whole;
    {
        const sync::lock_guard guard{mutex_};
        seq_ = seq;
        goes_on_from_ = goes_on_from;
        settled_ = true;
        whole = std::move(whole_);
    }
    if (whole) {
        add(std::move(whole));
    }
}

/// Where there is no memory for that, the exchange tells its waiter as it is destroyed.
void early_question::add(std::unique_ptr<capture::exchange> whole) noexcept {
    if (seq_ != 0) {
        whole->part = capture::exchange_part::conclusion;
        whole->amends = seq_;
        whole->goes_on_from = goes_on_from_;
    } else {
        whole->owe(account_);
    }
    try {
        work_queue::exchanges one;
        one.push_back(std::move(whole));
        for (const auto& left : to_->queue.add(std::move(one))) {
            give_up(*left, to_->queue.is_stopping() ? capture::drop_reason::store_error
                                                    : capture::drop_reason::over_budget);
        }
    } catch (const std::exception& failure) {
        spdlog::error("an answer in the background could not be recorded: {}", failure.what());
    }
}

}  // namespace tapes::record
