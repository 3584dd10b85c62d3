#include "file/partial_lock.hpp"

#include <fcntl.h>

namespace tapes::store {

namespace {

/// Behind all that SQLite ever locks (https://sqlite.org/lockingv3.html).
struct flock lock_byte() noexcept {
    struct flock byte {};
    byte.l_type = F_WRLCK;
    byte.l_whence = SEEK_SET;
    byte.l_start = off_t{1} << 62;
    byte.l_len = 1;
    return byte;
}

}  // namespace

bool take_partial_lock(int file) noexcept {
    auto byte = lock_byte();
    return ::fcntl(file, F_OFD_SETLK, &byte) == 0;
}

bool has_partial_lock(int file) noexcept {
    auto byte = lock_byte();
    return ::fcntl(file, F_OFD_GETLK, &byte) == 0 && byte.l_type != F_UNLCK;
}

}  // namespace tapes::store
