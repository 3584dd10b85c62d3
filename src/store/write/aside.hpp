#pragma once

#include <functional>
#include <memory>

namespace tapes::store {

class committer;
class writer;

/// Something that the writer's thread does between two groups, outside of a transaction.
class aside {
public:
    virtual ~aside() = default;

    /// Once, on the writer's thread; with nothing when the store is closed. Must not throw, and not take
    /// long: turns wait for it.
    virtual void run(committer* store) noexcept = 0;
};

/// Has `work` done between two groups, and waits until it is. Throws what it throws, and std::runtime_error
/// when the store is closed or nothing was done for ten seconds; what `work` refers to is not used any more
/// then.
void run_aside(writer& of, std::function<void(committer&)> work);

}  // namespace tapes::store
