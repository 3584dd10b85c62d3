#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

namespace tapes::store {

/// Counts how often the store of this process was written anew, into another file, see writer. Thread-safe.
std::uint64_t placements() noexcept;

/// Holds what reads a store, and opens it anew once the store stands in another file. What was open before
/// lives on until the file changes again, so that a reference into it stays valid within a call. For one
/// thread at a time.
template <class Part>
class placed {
public:
    using maker = std::function<std::unique_ptr<Part>()>;

    explicit placed(maker make) : make_{std::move(make)}, count_{placements()}, now_{make_()} {}

    Part* operator->() const { return &**this; }
    Part& operator*() const {
        if (const auto count = placements(); count != count_) {
            follow(count);
        }
        return *now_;
    }

private:
    /// Where the store cannot be opened, what was open goes on.
    void follow(std::uint64_t count) const {
        try {
            auto made = make_();
            before_ = std::exchange(now_, std::move(made));
            count_ = count;
        } catch (const std::exception&) {
            return;
        }
    }

    maker make_;
    mutable std::uint64_t count_;
    mutable std::unique_ptr<Part> now_;
    mutable std::unique_ptr<Part> before_;
};

}  // namespace tapes::store
