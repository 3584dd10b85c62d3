#pragma once

#include <cstddef>

namespace tapes::api {

/// The large answers that are being written.
struct answers_written {
    std::size_t bytes = 0;
    std::size_t count = 0;
};

/// Has an answer counted among those that are being written, where it is large.
class answer_hold {
public:
    answer_hold(answers_written& all, std::size_t size) noexcept
        : all_{all}, size_{size >= least ? size : 0} {
        all_.bytes += size_;
        all_.count += is_large() ? 1 : 0;
    }
    ~answer_hold() { give_up(); }
    answer_hold(const answer_hold&) = delete;
    answer_hold& operator=(const answer_hold&) = delete;

    bool is_large() const noexcept { return size_ > 0; }
    void give_up() noexcept {
        all_.bytes -= size_;
        all_.count -= is_large() ? 1 : 0;
        size_ = 0;
    }

private:
    static constexpr std::size_t least = std::size_t{64} << 10;

    answers_written& all_;
    std::size_t size_;
};

}  // namespace tapes::api
