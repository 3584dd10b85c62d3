#include "controls.hpp"

#include <algorithm>
#include <charconv>

namespace tapes::mock {

controls read_controls(const boost::beast::http::fields& fields, const options& settings) {
    const auto number = [&](std::string_view name, long long otherwise) {
        const std::string_view text = fields[boost::beast::string_view{name.data(), name.size()}];
        long long value = otherwise;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    const auto size = [&](std::string_view name, std::size_t otherwise) {
        return static_cast<std::size_t>(std::max(0LL, number(name, static_cast<long long>(otherwise))));
    };
    controls read;
    read.status = static_cast<unsigned>(std::clamp(number("x-mock-status", 200), 100LL, 999LL));
    read.cut = static_cast<int>(number("x-mock-cut", -1));
    read.look.cut = read.cut >= 0;
    constexpr long long usual_background_ms = 100;
    read.background = std::chrono::milliseconds{number("x-mock-background-ms", usual_background_ms)};
    read.delay = std::chrono::milliseconds{number("x-mock-delay-ms", settings.delay.count())};
    read.event_delay =
        std::chrono::milliseconds{number("x-mock-event-delay-ms", settings.event_delay.count())};
    read.look.events = static_cast<int>(number("x-mock-events", settings.events));
    read.look.bytes = size("x-mock-bytes", settings.bytes);
    read.look.tool_calls = static_cast<int>(number("x-mock-tool-calls", 0));
    read.look.refusal = number("x-mock-refusal", 0) != 0;
    read.look.thinking = number("x-mock-thinking", 0) != 0;
    const auto tokens = [&](std::string_view name) {
        const auto told = number(name, -1);
        return told < 0 ? std::nullopt : std::optional{static_cast<std::size_t>(told)};
    };
    read.look.cache_read = tokens("x-mock-cache-read");
    read.look.cache_written = tokens("x-mock-cache-write");
    read.chunked = number("x-mock-chunked", 0) != 0;
    read.encoding = std::string{fields["x-mock-encoding"]};
    return read;
}

}  // namespace tapes::mock
