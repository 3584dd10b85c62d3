#pragma once

namespace tapes::store {

/// Takes the lock of who writes a file that is not whole yet; held until `file` is closed. False: another
/// process has it, or errno says why not.
bool take_partial_lock(int file) noexcept;

/// Says whether another open file has that lock.
bool has_partial_lock(int file) noexcept;

}  // namespace tapes::store
