#include "commands/progress_bar.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace tapes::app {

progress_bar::progress_bar() : terminal_{::isatty(STDERR_FILENO) == 1} {}

progress_bar::~progress_bar() {
    if (!shown_.empty()) {
        std::fputs("\r\033[K", stderr);
    }
}

store::progress progress_bar::shower() {
    if (!terminal_) {
        return {};
    }
    return
        [this](std::string_view label, std::uint64_t done, std::uint64_t total) { show(label, done, total); };
}

void progress_bar::show(std::string_view label, std::uint64_t done, std::uint64_t total) {
    constexpr std::uint64_t width = 40;
    const auto share = total == 0 ? width : std::min(done, total) * width / total;
    std::string line = "\r\033[K[";
    line.append(share, '#').append(width - share, '.').append("] ");
    line.append(std::to_string(total == 0 ? 100 : std::min(done, total) * 100 / total))
        .append("% ")
        .append(label);
    if (line != shown_) {
        shown_ = std::move(line);
        std::fputs(shown_.c_str(), stderr);
        std::fflush(stderr);
    }
}

}  // namespace tapes::app
