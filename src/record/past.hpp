#pragma once

#include "answers_under_way.hpp"

#include <tapes/store/history.hpp>
#include <tapes/store/wire_reader.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::record {

/// What a worker asks of the store about earlier turns. One thread at a time.
class past {
public:
    past(const std::string& path, const store::writer& newest) : nodes{path, newest}, wire_{path} {}
    /// Without a writer: see store::history.
    explicit past(const std::string& path) : nodes{path}, wire_{path} {}

    store::history nodes;

    /// What is not committed yet; null: nothing.
    const answers_under_way* under_way = nullptr;

    /// Waits for memory that others may give back. False: nobody will; empty: the same.
    std::function<bool()> await_room;

    /// Waits until what was handed over before the exchange at hand is committed, at most a second; empty:
    /// there is nothing to wait for.
    std::function<void()> await_older;

    /// The answers that a request names by the provider's ids. Turns on their way into the store are waited
    /// for.
    std::optional<store::known_node> response(std::string_view id);
    std::optional<store::known_node> conversation(std::string_view id);

    /// The JSON of an item of an earlier answer, "" where it is not known.
    std::string item(std::string_view id);

private:
    template <class Look>
    std::optional<store::history::answered> look(Look&& find);
    std::optional<store::known_node> head(const std::optional<store::history::answered>& of);

    store::wire_reader wire_;
};

}  // namespace tapes::record
