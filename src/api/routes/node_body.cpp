#include "routes/node_body.hpp"

#include <algorithm>
#include <stdexcept>

namespace tapes::api {

namespace {

/// A place in a long content is found page by page: so more is read at a time than is asked for.
constexpr std::size_t content_piece = std::size_t{2} << 20;

}  // namespace

std::uint64_t content_size(record& from, std::int64_t node) {
    std::string nothing;
    return from.from().chains.content_part(node, 0, 0, nothing);
}

void node_body::read(record& from, std::string& to, std::size_t most) {
    const auto start = to.size();
    while (to.size() - start < most && left_ > to.size() - start) {
        if (!now_) {
            now_ = next_(from);
            at_ = 0;
            if (!now_) {
                throw std::runtime_error{"nodes have gone while they were read"};
            }
            to += now_->before;
        }
        read_content(from, to, std::max(most, content_piece));
        if (at_ == now_->size) {
            to += now_->behind;
            now_.reset();
        }
    }
    left_ -= std::min<std::uint64_t>(left_, to.size() - start);
}

void node_body::read_content(record& from, std::string& to, std::size_t most) {
    const auto before = to.size();
    if (from.from().chains.content_part(now_->node, at_, most, to) != now_->size) {
        throw std::runtime_error{"a node has changed while it was read"};
    }
    at_ += to.size() - before;
}

}  // namespace tapes::api
