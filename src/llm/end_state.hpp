#pragma once

#include <tapes/llm/api.hpp>

#include <algorithm>
#include <cstddef>

namespace tapes::llm {

/// Follows the ends that the parts of a stream tell, for a watch.
class end_state {
public:
    /// Begins with the bytes of another call.
    void begin_call() noexcept { mark_ = {}; }

    /// An end was told before, and nothing was said since.
    bool ended() const noexcept { return ended_ != end_kind::none; }

    /// Something is said behind an end.
    void refute() noexcept {
        ended_ = end_kind::none;
        mark_ = {end_kind::none, end_mark::npos, true};
    }

    /// A part that begins at `begin` tells this end.
    void note(end_kind kind, std::size_t begin) noexcept {
        if (kind > ended_) {
            ended_ = mark_.kind = kind;
            mark_.from = std::min(mark_.from, begin);
        }
    }

    end_mark mark() const noexcept { return mark_; }

private:
    end_kind ended_ = end_kind::none;
    end_mark mark_;
};

}  // namespace tapes::llm
