#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/http/redaction.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// A block of an answer that is still coming.
struct shown_block {
    std::string kind;  ///< `text`, `thinking`, `refusal` or `call`
    std::string tool;
    std::string text;  ///< so far, as UTF-8: what was said, or the arguments of a call
};

/// A text of the first message of a history, by which the call that began a thread is found: at most its
/// first 256 bytes.
struct opening_text {
    std::string text;
    bool cut = false;
};

/// An answer that is still coming. Credentials are replaced as they are in what is stored, and what may turn
/// out to be the beginning of one is left away.
struct shown_answer {
    capture::uuid exchange{};
    std::optional<capture::uuid> answer_of;  ///< the exchange that has asked for it, where it goes on here
    std::string api, provider, agent_name, project;
    std::string session;  ///< as the client names it, "" where it names none; of an answer that goes on, that
                          ///< of the exchange that has asked for it
    std::string model;    ///< requested
    std::string response_model;
    std::string agent_id, parent_agent_id;  ///< of a sub-agent, as the client names it and who began it
    std::vector<opening_text> opening;
    capture::timestamp started_at{};
    std::uint64_t bytes = 0;  ///< that have come of its body
    std::vector<shown_block> blocks;
    bool cut = false;   ///< it says more than is shown
    bool over = false;  ///< nothing more is shown of it
};

/// What is stored of an answer that an earlier exchange has asked for, and that goes on with another one.
struct begun_answer {
    capture::uuid exchange{};
    std::string agent_name, project, session, model;
    std::string events;  ///< of its stream, up to where it goes on; "" where it comes from its beginning
};
/// Finds it by the name under which a provider knows it. May throw.
using find_begun_answer = std::function<std::optional<begun_answer>(
    std::string_view id, std::string_view provider, std::optional<std::int64_t> starting_after)>;
/// Returns one that looks into a store, which it opens when it is first asked. For one thread.
find_begun_answer begun_answers_of(const std::string& path);

/// Takes a copy of an answer that is still coming. Bounded: what there is no room for is not shown. For the
/// relay's thread.
class answer_copy {
public:
    virtual ~answer_copy() = default;  ///< the answer has ended
    virtual void feed(std::string_view bytes) noexcept = 0;
    /// Returns the round in which it was begun: in another one it is of no use.
    virtual std::uint64_t round() const noexcept = 0;
};

/// Shows answers while they are still coming, to whoever wants to see them: decodes, folds and redacts copies
/// of them on a thread of its own, which rests while nobody does. Thread-safe.
class answers_in_flight {
public:
    using show_answer = std::function<void(const shown_answer&)>;

    /// `show` and `find_begun` are called on the thread of this object; without the latter, answers that go
    /// on are not shown. `redaction_key` is the store's. Copies are charged to `limits`, which must outlive
    /// this, as work that need not be done.
    answers_in_flight(const http::redaction_settings& redaction, const std::string& redaction_key,
                      capture::budget& limits, show_answer show, find_begun_answer find_begun = {});
    ~answers_in_flight();  ///< stop()
    answers_in_flight(const answers_in_flight&) = delete;
    answers_in_flight& operator=(const answers_in_flight&) = delete;

    /// Says whether anybody wants to see answers.
    void want(bool wanted) noexcept;
    /// Costs next to nothing: to be asked with each piece of an answer.
    bool wanted() const noexcept { return wanted_.load(std::memory_order_acquire); }

    /// Counts how often looking began, from 1. What was begun before is shown no more.
    std::uint64_t round() const noexcept { return round_.load(std::memory_order_relaxed); }

    /// Begins to show the answer of `running`, which is a stream of an API, or one that goes on: what was
    /// captured of it by now, and what is fed. Its request has come whole. Returns null where it is not
    /// shown: its request or what has come of it is too large or not in memory, there is no room, or nobody
    /// wants it.
    std::unique_ptr<answer_copy> begin(capture::exchange& running) noexcept;

    /// Ends the thread. Idempotent.
    void stop();

private:
    class impl;
    std::atomic<bool> wanted_{false};
    std::atomic<std::uint64_t> round_{1};
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::record
