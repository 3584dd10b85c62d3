#pragma once

#include <string>

namespace tapes::store {

/// A new store that a command fills, and that gets its name only once it is whole: until then it is
/// `<path>.unfinished`, with a mark that `verify` names. Where the command is killed, that is what it leaves,
/// and the next one begins anew. One thread.
class unfinished_store {
public:
    /// Removes what a run before has left. Throws open_error where `path` is there already, or where another
    /// process is at work.
    explicit unfinished_store(std::string path);
    ~unfinished_store();  ///< removes it, unless it is finished
    unfinished_store(const unfinished_store&) = delete;
    unfinished_store& operator=(const unfinished_store&) = delete;

    /// Where the store is until it is finished.
    const std::string& path() const noexcept { return path_; }
    /// Marks the store as that of `command`. To be called once its store_lock is made, which it is given
    /// back.
    template <class Lock>
    const Lock& marked(const Lock& lock, const std::string& command) const {
        mark(command);
        return lock;
    }
    /// Takes the mark off, and gives the store its name. To be called when nobody has it open. Throws
    /// open_error.
    void finish();

private:
    void mark(const std::string& command) const;

    std::string name_;
    std::string path_;
    bool finished_ = false;
};

}  // namespace tapes::store
