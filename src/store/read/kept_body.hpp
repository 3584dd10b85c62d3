#pragma once

#include "read/column_frame.hpp"

#include <tapes/store/kept_body.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::store {

/// The parts of a body in their order: ranges of what stands beside the pieces, and pieces.
class kept_body::impl {
public:
    struct part {
        std::int64_t piece = 0;  ///< 0: of what stands beside them
        bool compressed = false;
        std::uint64_t bytes = 0;
    };

    impl(column_frame beside, std::vector<part> parts);

    std::uint64_t left() const noexcept { return left_; }
    void read(const connection& db, std::string& to, std::size_t most);

private:
    column_frame beside_;
    std::vector<part> parts_;
    std::size_t at_ = 0;      ///< the part that is read
    std::uint64_t done_ = 0;  ///< of its bytes
    std::uint64_t left_ = 0;
    std::optional<column_frame> piece_;
};

}  // namespace tapes::store
