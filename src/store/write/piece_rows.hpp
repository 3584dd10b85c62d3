#pragma once

#include "file/digest_index.hpp"

#include <tapes/store/entry.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tapes::store {

/// Inserts what is new of the pieces of request bodies. A known piece implies that those before it are known.
/// The index of their digests must outlive this.
class piece_rows {
public:
    piece_rows(connection& db, digest_index& digests);

    /// What pieces led to.
    struct led_to {
        std::function<std::int64_t(int)> node;  ///< of `piece::node`; 0: nothing
        std::int64_t leading = 0;               ///< the last node that came from outside the history, 0: none
    };

    /// Stores what is new of each chain. Returns which piece stands at which offset, as `wire.request_parts`
    /// holds it.
    std::string write(const std::vector<piece_chain>& chains, const led_to& nodes);

    std::int64_t next_id() const noexcept { return next_id_; }
    /// A transaction, or a part of it, was rolled back: ids go on from `next_id`.
    void forget(std::int64_t next_id) noexcept;

private:
    std::int64_t find(const merkle::digest& digest);
    std::int64_t insert(const piece& one, std::int64_t parent, std::int64_t node, std::int64_t leading);

    digest_index& digests_;
    digest_table older_;
    statement find_;
    statement insert_;
    statement link_;
    std::vector<std::int64_t> candidates_;
    std::int64_t next_id_ = 1;
};

}  // namespace tapes::store
