#include "write/node_announcer.hpp"

namespace tapes::store {

void node_announcer::add(std::int64_t node, std::uint64_t content_bytes) {
    range_.first = range_.last < range_.first ? node : range_.first;
    range_.last = node;
    bytes_ += content_bytes;
    if (bytes_ >= bytes_per_log_row) {
        finish();
    }
}

void node_announcer::finish() {
    if (range_.first <= range_.last) {
        rows_.write_log(log_kind::imported, 0, range_, now_us_);
    }
    range_ = {};
    bytes_ = 0;
}

}  // namespace tapes::store
