// Where a response is made, read without a tree: the response of an event holds all of the request's tools.
#include "openai_responses/background.hpp"

#include "openai_responses/api.hpp"

#include <tapes/text/json_cursor.hpp>

namespace tapes::llm::openai_responses {

namespace {

/// Calls `visit` with each key of the object at the cursor, which `visit` moves over the value.
template <class Visit>
void each_member(text::json_cursor& at, Visit&& visit) noexcept {
    if (!at.take('{')) {
        return;
    }
    while (at.peek() == '"') {
        const auto key = at.string();
        if (at.failed() || !at.take(':')) {
            return;
        }
        visit(key);
        if (at.failed()) {
            return;
        }
        (void)at.take(',');
    }
    (void)at.take('}');
}

/// Moves over a value and returns it as it stands there.
std::string_view take_value(text::json_cursor& at, std::string_view text) noexcept {
    at.peek();
    const auto begin = at.offset();
    at.skip_value();
    return text.substr(begin, at.offset() - begin);
}

}  // namespace

making making_of(std::string_view event) noexcept {
    bool named = false;
    auto told = making::named_only;
    text::json_cursor at{event};
    each_member(at, [&](std::string_view key) {
        if (key != "response" || at.peek() != '{') {
            at.skip_value();
            return;
        }
        each_member(at, [&](std::string_view member) {
            const auto value = take_value(at, event);
            if (member == "id") {
                named = value.size() > 2 && value.front() == '"';
            } else if (member == "background") {
                told = value == "true"    ? making::in_background
                       : value == "false" ? making::foreground
                                          : making::named_only;
            }
        });
    });
    return named ? told : making::untold;
}

bool asks_in_background(std::string_view body) noexcept {
    bool asks = false;
    if (body.find(R"("background")") != std::string_view::npos) {
        text::json_cursor at{body};
        each_member(at, [&](std::string_view key) {
            const auto value = take_value(at, body);
            if (key == "background") {
                asks = value == "true";
            }
        });
    }
    return asks;
}

}  // namespace tapes::llm::openai_responses
