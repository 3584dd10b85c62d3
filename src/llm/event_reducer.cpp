#include "event_reducer.hpp"

#include <tapes/llm/finite_json.hpp>
#include <tapes/merkle/canonical.hpp>

#include <algorithm>

namespace tapes::llm {

void event_reducer::feed(std::string_view bytes) {
    if (!framed_ && !bytes.empty()) {
        framed_ = are_aws_events(bytes);
    }
    if (framed_.value_or(false)) {
        frames_.feed(bytes, [this](const aws_event& one) {
            const auto json = json_of(one);
            const auto finite = with_finite_numbers(json);
            take_json(finite ? *finite : json);
        });
        return;
    }
    events_.feed(bytes, [this](std::string_view data) { take_data(data); });
}

std::string event_reducer::finish() {
    at_end_ = true;
    events_.finish([this](std::string_view data) { take_data(data); });
    return write();
}

void event_reducer::take_data(std::string_view data) {
    const auto finite = with_finite_numbers(data);
    data = finite ? std::string_view{*finite} : data;
    // Several data lines are one event's JSON, or events of a server that leaves out the blank line.
    std::string canonical;
    if (data.find('\n') == std::string_view::npos ||
        merkle::canonicalize(data, canonical) != merkle::canonical_error::not_json) {
        take_json(data);
        return;
    }
    while (!data.empty()) {
        const std::size_t end = std::min(data.find('\n'), data.size());
        take_json(data.substr(0, end));
        data.remove_prefix(std::min(end + 1, data.size()));
    }
}

void event_reducer::take_json(std::string_view json) {
    if (json == "[DONE]") {
        return;
    }
    try {
        json_reader event(json);
        take_event(event.root());
    } catch (const simdjson::simdjson_error&) {
        const auto first = json.find_first_not_of(" \t");
        gaps_ = gaps_ || (!at_end_ && first != std::string_view::npos && json[first] == '{');
    }
}

}  // namespace tapes::llm
