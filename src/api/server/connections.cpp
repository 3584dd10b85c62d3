#include "server/connections.hpp"

#include <algorithm>
#include <utility>

namespace tapes::api {

std::size_t connections::count() const noexcept {
    return static_cast<std::size_t>(
        std::ranges::count_if(open_, [](const session* one) { return !one->closed; }));
}

void connections::close(session& one) {
    boost::system::error_code ignored;
    one.closed = true;
    one.stream.socket().close(ignored);
}

bool connections::make_room() {
    if (count() < most_) {
        return true;
    }
    session* longest = nullptr;
    for (auto* const one : open_) {
        const bool half_open = one->now != session::state::answering && !one->closed;
        if (half_open && (longest == nullptr || std::pair{one->now, one->waiting_since} <
                                                    std::pair{longest->now, longest->waiting_since})) {
            longest = one;
        }
    }
    if (longest == nullptr) {
        return false;
    }
    close(*longest);
    ++closed_;
    return true;
}

void connections::await_head(session& waiting) {
    waiting.now = session::state::head;
    waiting.waiting_since = ++waits_;
}

void connections::close_idle() {
    for (auto* const one : open_) {
        if (one->now != session::state::answering) {
            close(*one);
        }
    }
}

}  // namespace tapes::api
