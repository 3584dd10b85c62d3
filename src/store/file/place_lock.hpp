#pragma once

#include <string>

namespace tapes::store {

/// The lock of a store's place alone, whatever stands there: nobody opens that store for writing meanwhile.
class place_lock {
public:
    /// Makes the directory where it is missing. Throws open_error, also when another process has the lock.
    explicit place_lock(const std::string& path);
    ~place_lock();
    place_lock(const place_lock&) = delete;
    place_lock& operator=(const place_lock&) = delete;

private:
    int file_ = -1;
};

}  // namespace tapes::store
