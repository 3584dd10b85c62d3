#include "exchanges/recorded_exchange.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>

#include <algorithm>

namespace tapes::exports {

namespace {

/// Undoes the codings that the head names, or the body shows. Returns false where they cannot be undone.
bool undo_codings(std::string_view head, std::string& body) {
    const auto label = http::joined_values(head, "content-encoding");
    const auto coding = http::coding_of(label, body);
    if (coding.empty() || body.empty()) {
        return true;
    }
    auto plain = http::decode_all(coding, body);
    if (plain.bytes.empty()) {
        return false;
    }
    body = std::move(plain.bytes);
    return true;
}

std::string_view without_space(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

}  // namespace

std::optional<recorded_exchange> read_recorded(read::sources& from, std::int64_t seq) {
    auto row = from.kept_exchange(seq);
    if (!row) {
        return std::nullopt;
    }
    recorded_exchange made;
    made.row = *std::move(row);
    auto wire = from.wires.read(seq);
    if (!wire) {
        return made;
    }
    made.has_wire = true;
    made.request_head = std::move(wire->request_head);
    made.response_head = std::move(wire->response_head);
    made.request = std::move(wire->request);
    made.response = std::move(wire->response);
    if (!made.on_websocket()) {
        made.request_decoded = wire->request_decoded || undo_codings(made.request_head, made.request);
        made.response_decoded = wire->response_decoded || undo_codings(made.response_head, made.response);
    }
    return made;
}

head_fields fields_of(std::string_view head) {
    head_fields made;
    bool first = true;
    while (!head.empty()) {
        const auto end = std::min(head.find('\n'), head.size());
        const auto line = head.substr(0, end);
        head.remove_prefix(std::min(end + 1, head.size()));
        const auto colon = line.find(':');
        if (!std::exchange(first, false) && colon != std::string_view::npos && colon != 0) {
            made.emplace_back(without_space(line.substr(0, colon)), without_space(line.substr(colon + 1)));
        }
    }
    return made;
}

std::string_view first_line_of(std::string_view head) noexcept {
    return without_space(head.substr(0, head.find('\n')));
}

std::string url_of(const store::kept_exchange& row) {
    auto base = row.upstream;
    if (base.empty()) {
        base = row.provider == "anthropic" ? "https://api.anthropic.com"
               : row.provider == "openai"  ? "https://api.openai.com"
               : row.provider == "ollama"  ? "http://localhost:11434"
                                           : "http://unknown.invalid";
    }
    for (const auto& [scheme, port] : {std::pair{"https://", ":443"}, std::pair{"http://", ":80"}}) {
        if (base.starts_with(scheme) && base.ends_with(port)) {
            base.resize(base.size() - std::string_view{port}.size());
        }
    }
    const auto query = row.target.find('?');
    return base + row.path + (query == std::string::npos ? "" : row.target.substr(query));
}

}  // namespace tapes::exports
