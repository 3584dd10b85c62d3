#pragma once

#include "answers_under_way.hpp"
#include "gathered_answer.hpp"

#include <tapes/store/history.hpp>
#include <tapes/store/wire_reader.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::record {

/// Answers what a worker needs to know of earlier turns, from the store and from what is on its way there.
/// For one thread at a time.
class earlier_turns {
public:
    earlier_turns(const std::string& path, const store::writer& newest)
        : history{path, newest}, wire_{path} {}
    /// Opens a store that nobody writes to, see store::history.
    explicit earlier_turns(const std::string& path) : history{path}, wire_{path} {}
    /// Opens a store that another process may write to, see store::history.
    earlier_turns(const std::string& path, store::history::newest which)
        : history{path, which}, wire_{path} {}

    store::history history;

    /// Answers that are not committed yet; may be null.
    const answers_under_way* under_way = nullptr;

    /// Waits for memory that others may give back, and returns false if nobody will. May be empty: nobody
    /// will.
    std::function<bool()> await_room;
    /// Tells, where there is no memory, whether the exchange is put back instead of waiting for some: it
    /// would wait for work that takes long. May be empty.
    std::function<bool()> is_put_back;

    /// Waits, at most a second, until the exchanges that were handed over before the present one are
    /// committed. May be empty: there is nothing to wait for.
    std::function<void()> await_older;

    /// Finds the answer that a request names by its response id, as `provider` gave it. Waits for turns on
    /// their way into the store, also for what completes an answer.
    std::optional<store::known_node> response(std::string_view id, std::string_view provider);
    /// Tells whether that response is known, and says nothing with nothing before it (`generate: false`).
    /// Call it where response() has found no answer.
    bool is_beginning(std::string_view id, std::string_view provider);
    /// Finds the exchange that has asked for the answer that is known to the provider by `id`. Waits as
    /// response().
    std::optional<store::history::asked> asked(std::string_view id, std::string_view provider);
    /// See gathered_answer.
    std::string events_up_to(std::int64_t exchange, std::int64_t last) {
        return gathered_answer{history, wire_}.events_up_to(exchange, last);
    }
    /// Finds the last answer of the conversation that a request names. Waits as response().
    std::optional<store::known_node> conversation(std::string_view id);

    /// Returns the JSON of an item of an earlier answer, "" where it is not known. Waits as response().
    std::string item(std::string_view id);
    /// Returns the JSON of that item of the answer of `exchange`, as far as that had come before the log row
    /// `before`; "" where it holds none.
    std::string item_of(std::int64_t exchange, std::string_view id,
                        std::int64_t before = gathered_answer::no_row);

private:
    template <class Look>
    auto look(Look&& find) -> decltype(find());
    std::optional<store::known_node> head(const std::optional<store::history::answered>& answer);

    store::wire_reader wire_;
};

}  // namespace tapes::record
