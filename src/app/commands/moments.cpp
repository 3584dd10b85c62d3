#include "commands/moments.hpp"

#include <tapes/app/usage_error.hpp>
#include <tapes/text/rfc3339.hpp>

#include <chrono>

namespace tapes::app {

using namespace std::chrono;

std::optional<std::int64_t> moment_flag(const char* flag, const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto moment = read_moment(text);
    if (!moment) {
        throw usage_error{std::string{flag} + " \"" + text +
                          "\" is not a time: give 2026-01-31, 2026-01-31T12:00:00Z or an age such as 90m"};
    }
    return moment;
}

std::string shown_moment(std::int64_t us) {
    const auto whole = floor<seconds>(microseconds{us});
    std::string text;
    text::append_rfc3339(text, duration_cast<microseconds>(whole).count());
    return text;
}

}  // namespace tapes::app
