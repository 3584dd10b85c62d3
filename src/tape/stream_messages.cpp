#include "stream_messages.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace tapes::tape {

void stream_messages::feed(std::string_view bytes) {
    rest_ += bytes;
    std::size_t at = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', at)) {
        auto line = std::string_view{rest_}.substr(at, end - at);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        take_line(line);
        at = end + 1;
    }
    rest_.erase(0, at);
}

void stream_messages::take_line(std::string_view line) {
    constexpr std::string_view name = "data:";
    if (line.empty()) {
        if (data_.starts_with('{')) {
            whole_.push_back(std::move(data_));
        }
        data_.clear();
        return;
    }
    if (!line.starts_with(name)) {
        return;
    }
    line.remove_prefix(name.size());
    if (line.starts_with(' ')) {
        line.remove_prefix(1);
    }
    data_.append(data_.empty() ? "" : "\n").append(line);
}

std::optional<std::string> stream_messages::next() {
    if (whole_.empty()) {
        return std::nullopt;
    }
    auto message = std::move(whole_.front());
    whole_.pop_front();
    return message;
}

std::string error_event(int status, std::string_view body) {
    using nlohmann::json;
    auto parsed = json::parse(body, nullptr, false);
    if (!parsed.is_object()) {
        parsed = json{{"error", {{"message", std::string{body}}, {"type", "invalid_request_error"}}}};
    }
    parsed["type"] = "error";
    parsed["status"] = status;
    return parsed.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace tapes::tape
