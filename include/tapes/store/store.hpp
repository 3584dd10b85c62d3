#pragma once

#include <tapes/store/entry.hpp>
#include <tapes/sync/mutex.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace tapes::store {

/// Why a store cannot be opened; `what()` is one line that names the file and what would be right.
class open_error : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class synchronous { full, normal };

struct open_options {
    std::string path;  ///< the SQLite file; made with its directory (0700) when missing, 0600
    synchronous durability = synchronous::full;
    std::string redaction_key = {};  ///< of a store that is made; "": a new one
};

/// The one process that may write: holds `<path>.lock` and has created or migrated the schema. Made before
/// anything else of the store, destroyed last. Throws open_error (also when another process holds the lock:
/// the message has its pid).
class store_lock {
public:
    explicit store_lock(const open_options& options);
    ~store_lock();
    store_lock(const store_lock&) = delete;
    store_lock& operator=(const store_lock&) = delete;

    /// Tells commands where this process takes requests (its admin listener, "http://127.0.0.1:8081").
    void tell_address(const std::string& url);

    const open_options& options() const noexcept { return options_; }
    /// 32 random bytes, made once per store: the key of redactions.
    const std::string& redaction_key() const noexcept { return redaction_key_; }

    /// The lock file is where it was made. Where it is not, another process would take the store for free.
    bool is_in_place() const;
    /// Makes the lock file anew, and locks it. Throws open_error: another process has done so. For the
    /// writer's thread.
    void take_again() const;

private:
    open_options options_;
    mutable sync::mutex mutex_;
    mutable int file_ TAPES_GUARDED_BY(mutex_) = -1;
    std::string address_ TAPES_GUARDED_BY(mutex_);
    std::string redaction_key_;
};

/// Throws open_error, in one line, unless `path` is a store of this schema version that can be read.
void check_store(const std::string& path);

/// The process that holds the lock of the store `path`; nothing when none does, or there is no such store.
struct lock_holder {
    std::string pid;
    std::string address;  ///< as it told; "" where it takes no requests
};
std::optional<lock_holder> find_lock_holder(const std::string& path);

}  // namespace tapes::store
