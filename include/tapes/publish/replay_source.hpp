#pragma once

#include <tapes/publish/replay.hpp>

#include <memory>
#include <string>

namespace tapes::publish {

/// Makes the source of the events of the turns that `choice` takes from the log of a store up to `last_seq`.
/// Before a chosen turn's new nodes come those of its ancestors that were not sent yet, chosen or not; its
/// `tapes.exchange.v1` comes after them. Changes of dead letters are chosen by time alone: where `choice`
/// asks for anything else, there are none. Throws std::runtime_error where the store cannot be read, or has
/// no conversation of that root; so may its members.
std::unique_ptr<replay_source> make_store_replay(const std::string& path, const store::replay_choice& choice,
                                                 std::uint64_t last_seq);

}  // namespace tapes::publish
