#include "sse.hpp"

#include <tapes/llm/later_request.hpp>
#include <tapes/text/ascii.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/percent.hpp>

#include <algorithm>
#include <charconv>

namespace tapes::llm {

namespace {

/// Takes the last segment off a path, with the slash before it. Returns "" where there is none.
std::string_view take_last_segment(std::string_view& path) noexcept {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    const auto segment = path.substr(slash + 1);
    path = path.substr(0, slash);
    return segment;
}

std::optional<std::int64_t> number_in(std::string_view digits) noexcept {
    std::int64_t number = 0;
    const auto* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end ? std::optional{number} : std::nullopt;
}

/// Returns the value of a parameter of a query as it stands there, "" where it has none.
std::string_view parameter(std::string_view query, std::string_view name) noexcept {
    while (!query.empty()) {
        const auto one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        if (one.starts_with(name) && one.substr(name.size()).starts_with('=')) {
            return one.substr(name.size() + 1);
        }
    }
    return {};
}

/// Returns the number that an event's JSON names among its own members.
std::optional<std::int64_t> sequence_number_of(std::string_view event) noexcept {
    text::json_cursor at{event};
    if (!at.take('{')) {
        return std::nullopt;
    }
    while (at.peek() == '"' && !at.failed()) {
        const auto key = at.string();
        if (!at.take(':')) {
            break;
        }
        at.peek();
        const auto begin = at.offset();
        at.skip_value();
        if (key == "sequence_number" && !at.failed()) {
            return number_in(event.substr(begin, at.offset() - begin));
        }
        (void)at.take(',');
    }
    return std::nullopt;
}

std::optional<later_request> about_answer(later_request::purpose wanted, std::string_view post_path,
                                          std::string_view id, std::string_view query) {
    const auto* const spoken = find_api("POST", post_path);
    if (spoken == nullptr || id.empty()) {
        return std::nullopt;
    }
    const auto of_path = facts_of(*spoken, post_path).provider;
    later_request made{spoken, wanted, of_path.empty() ? spoken->provider : of_path,
                       text::percent_decoded(id)};
    if (wanted == later_request::purpose::fetch && parameter(query, "stream") == "true") {
        made.starting_after = number_in(parameter(query, "starting_after"));
    }
    return made;
}

}  // namespace

std::optional<later_request> find_later_request(std::string_view method, std::string_view target) {
    using purpose = later_request::purpose;
    const bool get = method == "GET";
    if (!get && method != "POST" && method != "DELETE") {
        return std::nullopt;
    }
    auto path = target.substr(0, text::find_any(target, "?#"));
    auto query = target.substr(path.size());
    query.remove_prefix(query.starts_with('?') ? 1 : query.size());
    query = query.substr(0, query.find('#'));
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    if (method == "POST" && take_last_segment(path) != "cancel") {
        return std::nullopt;
    }
    const auto id = take_last_segment(path);
    if (get && path.ends_with("/chat/deferred-completion")) {
        return about_answer(purpose::fetch, "/chat/completions", id, query);
    }
    if (!path.ends_with("/responses")) {
        return std::nullopt;
    }
    return about_answer(get                ? purpose::fetch
                        : method == "POST" ? purpose::cancel
                                           : purpose::deletion,
                        path, id, query);
}

const api* find_spoken_api(std::string_view method, std::string_view target) {
    if (const auto* const spoken = find_api(method, target)) {
        return spoken;
    }
    const auto later = find_later_request(method, target);
    return later ? later->spoken : nullptr;
}

std::string events_up_to(std::string_view stream, std::int64_t last) {
    std::string kept;
    const auto take = [&](std::string_view data) {
        if (sequence_number_of(data).value_or(last) > last) {
            return;
        }
        // Several lines of data are one event's.
        while (true) {
            const auto line = data.substr(0, data.find('\n'));
            kept.append("data: ").append(line).push_back('\n');
            if (line.size() == data.size()) {
                break;
            }
            data.remove_prefix(line.size() + 1);
        }
        kept.push_back('\n');
    };
    sse_reader events;
    events.feed(stream, take);
    events.finish(take);
    return kept;
}

}  // namespace tapes::llm
