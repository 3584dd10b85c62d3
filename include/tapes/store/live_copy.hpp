#pragma once

#include <tapes/store/copy_step.hpp>
#include <tapes/store/writer.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace tapes::store {

/// The copy may not be made, or there is none of that id.
class copy_refusal : public std::runtime_error {
public:
    copy_refusal(bool missing, const std::string& why) : std::runtime_error{why}, missing_{missing} {}
    bool missing() const noexcept { return missing_; }  ///< there is no such copy

private:
    bool missing_;
};

/// Copies of a store that its writer makes, between its groups and for about a millisecond at a time: what is
/// committed meanwhile is taken over, so that no read transaction keeps the WAL from starting over. Once as
/// many pages were copied as the store had at first, each step takes a millisecond more than the one before,
/// so that a copy ends however fast the store grows. A copy is dropped when its file is no longer locked,
/// when nobody has asked for a step for half a minute, and when the writer has to open the store anew. Each
/// function blocks until the writer has come to it, and throws std::runtime_error in one line when the writer
/// does not within ten seconds, when it is stopping, or when SQLite fails, after which the copy is dropped.
/// Thread-safe.

/// Begins a copy, and returns its id. The file must be empty, private (0600), of this user, locked by another
/// process, and have no other name: nothing else is ever written to. Throws copy_refusal where it is not, or
/// when four copies are being made.
std::string begin_copy(writer& of, const copy_target& to);

/// Copies about so many pages, at least one, and for at most some seconds. Throws copy_refusal.
copy_progress step_copy(writer& of, const std::string& id, std::uint64_t pages);

/// Drops a copy; its file stays as it is. False: there is none of that id.
bool end_copy(writer& of, const std::string& id);

}  // namespace tapes::store
