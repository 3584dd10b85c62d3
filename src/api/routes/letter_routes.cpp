#include "routes/query.hpp"

#include <tapes/api/letter_routes.hpp>

#include <charconv>
#include <chrono>
#include <memory>
#include <stdexcept>

namespace tapes::api {

namespace {

constexpr std::string_view letter_path_prefix = "/v1/dead-letters/";
constexpr std::size_t most_listed = 10'000;

struct letter_parts {
    std::string path;
    store::writer& writer;
    std::function<void()> woken;
};

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string value_of(const request& asked, std::string_view name) {
    for (const auto& [key, value] : query_pairs(asked.query)) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

std::size_t limit_of(const request& asked) {
    const auto text = value_of(asked, "limit");
    if (text.empty()) {
        return letters_listed;
    }
    std::size_t limit = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), limit);
    if (failed != std::errc{} || end != text.data() + text.size() || limit == 0 || limit > most_listed) {
        throw std::invalid_argument{"limit must be from 1 to " + std::to_string(most_listed)};
    }
    return limit;
}

response list(const request& asked, const letter_parts& with) {
    store::letter_reader in{with.path};
    std::string body = "{\"dead_letters\":[";
    bool first = true;
    for (const auto& letter : in.list(filter_of_query(asked.query), limit_of(asked))) {
        body.append(first ? "" : ",").append(letter_json(letter));
        first = false;
    }
    return {200, body + "]}\n"};
}

response show(const request& asked, const letter_parts& with) {
    const auto text = asked.path.substr(letter_path_prefix.size());
    std::int64_t id = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (failed != std::errc{} || end != text.data() + text.size()) {
        return error_response(400, "the number of a dead letter is expected, not \"" + text + "\"");
    }
    store::letter_reader in{with.path};
    const auto letter = in.find(id);
    return letter ? response{200, letter_json(*letter, in.history(id)) + "\n"}
                  : error_response(404, "there is no dead letter " + text);
}

store::letter_filter chosen(const request& asked) {
    auto which = filter_of_query(asked.query);
    if (filter_query(which).empty() && value_of(asked, "all") != "true") {
        throw std::invalid_argument{"choose dead letters by id, topic, …, or all of them by all=true"};
    }
    return which;
}

response retry(const request& asked, const letter_parts& with) {
    const auto count = store::schedule_letters(with.writer, chosen(asked), now_us());
    if (with.woken && count > 0) {
        with.woken();
    }
    return {200, "{\"scheduled\":" + std::to_string(count) + "}\n"};
}

response discard(const request& asked, const letter_parts& with) {
    const auto reason = value_of(asked, "reason");
    if (reason.empty()) {
        throw std::invalid_argument{"a dead letter is discarded for a reason: give reason=…"};
    }
    const auto count = store::discard_letters(with.writer, chosen(asked), reason);
    return {200, "{\"discarded\":" + std::to_string(count) + "}\n"};
}

}  // namespace

void add_letter_routes(route_table& to, std::string store_path, store::writer& writer,
                       std::function<void()> woken) {
    const auto with =
        std::make_shared<const letter_parts>(letter_parts{std::move(store_path), writer, std::move(woken)});
    const auto add = [&](const char* method, std::string path,
                         response (*answer)(const request&, const letter_parts&)) {
        to.add({method, std::move(path), [with, answer](const request& asked) {
                    try {
                        return answer(asked, *with);
                    } catch (const std::invalid_argument& wrong) {
                        return error_response(400, wrong.what());
                    } catch (const std::runtime_error& failed) {
                        return error_response(503, failed.what());
                    }
                }});
    };
    add("GET", "/v1/dead-letters", list);
    add("GET", std::string{letter_path_prefix}, show);
    add("GET", std::string{letter_path_prefix} + "stats", [](const request&, const letter_parts& of) {
        return response{200, letter_stats_json(store::letter_reader{of.path}.totals()) + "\n"};
    });
    add("POST", std::string{letter_path_prefix} + "retry", retry);
    add("POST", std::string{letter_path_prefix} + "discard", discard);
}

}  // namespace tapes::api
