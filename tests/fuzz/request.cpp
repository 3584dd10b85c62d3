// Requests. The first byte names the API.
#include "mapped.hpp"

#include <utility>
#include <vector>

namespace {

using namespace tapes;
using fuzz::require;
using texts = std::vector<std::string_view>;

std::string find_item(std::string_view id) {
    return id.starts_with('m')
               ? R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"hi"}]})"
               : std::string{};
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The elements of an array or members of an object, of JSON that is known to be well-formed.
texts elements(std::string_view json) {
    texts found;
    std::size_t depth = 0;
    std::size_t begin = 1;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (c == '"') {
            for (++at; at < json.size() && json[at] != '"'; ++at) {
                at += json[at] == '\\' ? 1 : 0;
            }
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == ',' && depth == 1) || ((c == '}' || c == ']') && --depth == 0)) {
            const auto one = trimmed(json.substr(begin, at - begin));
            if (!one.empty()) {
                found.push_back(one);
            }
            begin = at + 1;
        }
    }
    return found;
}

/// The array of a request's history; "" where it has none or more than one.
std::string_view history_of(std::string_view body, std::string_view name) {
    std::string_view found;
    for (const auto member : elements(body)) {
        std::string key;
        const auto length = merkle::decode_json_string(member, key);
        const auto value = trimmed(member.substr(member.find(':', length) + 1));
        if (key == name) {
            if (!found.empty() || !value.starts_with('[')) {
                return {};
            }
            found = value;
        }
    }
    return found;
}

/// The request with only a part of its history.
std::vector<merkle::message> map_part(const llm::api& api, std::string_view body, std::string_view history,
                                      const texts& from, std::size_t first, std::size_t last,
                                      std::size_t leading) {
    std::string part{body.substr(0, static_cast<std::size_t>(history.data() - body.data()))};
    for (std::size_t i = first; i < last; ++i) {
        part.append(i == first ? "[" : ",").append(from[i]);
    }
    part.append("]").append(
        body.substr(static_cast<std::size_t>(history.data() + history.size() - body.data())));
    llm::request mapped;
    require(api.map_request(part, find_item, mapped) == llm::map_error::none, "a part of a history maps");
    require(mapped.leading == leading, "what comes from outside the history stays");
    return std::move(mapped.messages);
}

/// Elements of the history map one by one, except where `joins` says otherwise.
void check_cut(const llm::api& api, std::string_view body, const llm::request& whole) {
    std::string form;
    if (api.history.empty() || merkle::canonicalize(body, form) != merkle::canonical_error::none) {
        return;
    }
    const auto history = history_of(trimmed(body), api.history);
    const auto from = history.empty() ? texts{} : elements(history);
    if (from.size() < 2) {
        return;
    }
    fuzz::dice dice{body};
    const auto cut = 1 + dice.roll(from.size() - 1);
    if (api.joins != nullptr && api.joins(from[cut - 1], from[cut])) {
        return;
    }
    auto parts = map_part(api, body, history, from, 0, cut, whole.leading);
    const auto rest = map_part(api, body, history, from, cut, from.size(), whole.leading);
    parts.insert(parts.end(), rest.begin() + static_cast<std::ptrdiff_t>(whole.leading), rest.end());
    require(parts == whole.messages, "a history maps element by element");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto body = fuzz::text_of(data, size);
    const auto* api = fuzz::take_api(body);
    if (api == nullptr) {
        return -1;
    }
    require(api->expected_choices(body) >= 1, "at least one answer is expected");
    llm::request mapped;
    const auto error = api->map_request(body, find_item, mapped);
    require(mapped.choices >= 1, "at least one answer is asked for");
    if (error != llm::map_error::none) {
        return 0;
    }
    require(mapped.leading <= mapped.messages.size(), "what leads is among the messages");
    for (const auto& said : mapped.messages) {
        fuzz::require_storable(said);
    }
    for (const std::string_view text :
         {std::string_view{mapped.model}, std::string_view{mapped.session},
          std::string_view{mapped.previous_response_id}, std::string_view{mapped.conversation}}) {
        fuzz::require_text(text);
    }
    check_cut(*api, body, mapped);
    return 0;
}
