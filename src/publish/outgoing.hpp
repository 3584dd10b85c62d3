#pragma once

#include <tapes/bus/producer.hpp>
#include <tapes/event/record.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace tapes::publish {

/// An event as a record of a topic: views of `event` and `topic`, which must outlive it unchanged. Stays
/// where it is made.
class outgoing {
public:
    outgoing(const event::event_record& event, std::string_view topic, std::uint64_t opaque = 0);
    outgoing(const outgoing&) = delete;
    outgoing& operator=(const outgoing&) = delete;

    const bus::record& record() const { return record_; }

private:
    std::array<bus::header, 16> headers_;
    bus::record record_;
};

}  // namespace tapes::publish
