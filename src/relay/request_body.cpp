#include "request_body.hpp"

#include <algorithm>

namespace tapes::relay {

request_body::request_body(http::framing framing, capture::body& copy)
    : framing_{framing},
      left_{framing.kind == http::body_kind::length ? framing.length : 0},
      copy_{copy},
      over_{framing.kind != http::body_kind::chunked && left_ == 0} {
    if (left_ > 0) {
        copy_.expect(left_);
    }
}

void request_body::keep(std::string_view data) {
    received_ += data.size();
    copy_.append(data);
}

std::size_t request_body::feed(std::string_view bytes) {
    if (over_) {
        return 0;
    }
    if (framing_.kind == http::body_kind::chunked) {
        return feed_chunked(bytes);
    }
    const auto used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    keep(bytes.substr(0, used));
    left_ -= used;
    over_ = left_ == 0;
    return used;
}

std::size_t request_body::feed_chunked(std::string_view bytes) {
    std::size_t used = 0;
    while (true) {
        const auto step = chunks_.next(bytes.substr(used));
        used += step.consumed;
        switch (step.kind) {
            case http::chunked_scanner::event::data:
                keep(step.data);
                break;
            case http::chunked_scanner::event::last_chunk:
                break;
            case http::chunked_scanner::event::end:
                over_ = true;
                return used;
            case http::chunked_scanner::event::error:
                malformed_ = true;
                return used;
            case http::chunked_scanner::event::more:
                return used;
        }
    }
}

}  // namespace tapes::relay
