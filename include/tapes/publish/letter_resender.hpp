#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/event/topic_names.hpp>
#include <tapes/publish/letter_sweeper.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::publish {

/// Sends the dead letters of a publisher's cursors again: their events are made anew from the store `path`, a
/// node over `max_message_bytes` or the topic's limit by reference, with the header `retry` that has the
/// number of the retry. `to` must outlive it.
std::unique_ptr<letter_sender> make_letter_resender(bus::message_bus& to, const std::string& path,
                                                    std::vector<std::string> cursors,
                                                    event::topic_names topics,
                                                    std::uint64_t max_message_bytes);

}  // namespace tapes::publish
