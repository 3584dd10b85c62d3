#include "redaction/credentials.hpp"

#include <tapes/text/work_meter.hpp>

namespace tapes::http {

void credential_ranges::add(credential_range one) {
    constexpr std::size_t first_room = 16;
    text::count_work(one.size + 1);
    const bool full = all_.size() == all_.capacity();
    const auto room = full ? std::max(first_room, 2 * all_.size()) : all_.capacity();
    // Those that were there are given up once they were moved, but both are held until then.
    const auto grown = full ? room * sizeof one : 0;
    const auto text = one.value.capacity() > std::string{}.capacity() ? one.value.capacity() : 0;
    if (grown + text > 0) {
        charge(grown + text);
    }
    if (full) {
        all_.reserve(room);
    }
    all_.push_back(std::move(one));
}

}  // namespace tapes::http
