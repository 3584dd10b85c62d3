#pragma once

#include <cstdint>

namespace tapes::fuzz {

/// Counts the edges between blocks of the program's code that are taken while it lives: work that no clock
/// blurs and no loop escapes, whether or not it counts its steps. Calls of the C library count as one. One at
/// a time, for one thread.
class edge_count {
public:
    edge_count() noexcept;
    ~edge_count();
    edge_count(const edge_count&) = delete;
    edge_count& operator=(const edge_count&) = delete;

    std::uint64_t value() const noexcept;

private:
    std::uint64_t before_;
};

}  // namespace tapes::fuzz
