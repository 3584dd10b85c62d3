#include "write/piece_rows.hpp"

#include "file/request_parts.hpp"

#include <algorithm>
#include <ranges>

namespace tapes::store {

piece_rows::piece_rows(connection& db, digest_index& digests)
    : digests_{digests},
      older_{db, digests},
      find_{db, "SELECT digest FROM piece WHERE id = ?1"},
      insert_{db,
              "INSERT INTO piece(id, digest, parent, node, leading, zstd, size, bytes) "
              "VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"},
      link_{db, "UPDATE piece SET node = ?2, leading = ?3 WHERE id = ?1 AND node IS NOT ?2"} {
    next_id_ = db.integer("SELECT max(id) FROM piece") + 1;
}

void piece_rows::forget(std::int64_t next_id) noexcept {
    digests_.forget_from(next_id);
    next_id_ = next_id;
}

std::int64_t piece_rows::find(const merkle::digest& digest) {
    candidates_.clear();
    digests_.find_recent(prefix_of(digest), candidates_);
    older_.find(prefix_of(digest), candidates_);
    for (const auto id : candidates_) {
        const reset_at_end guard{find_};
        find_.integer(1, id);
        if (find_.step() && std::ranges::equal(find_.blob_at(0), digest)) {
            return id;
        }
    }
    return 0;
}

std::int64_t piece_rows::insert(const piece& one, std::int64_t parent, std::int64_t node,
                                std::int64_t leading) {
    insert_.integer(1, next_id_);
    insert_.blob(2, one.digest.data(), one.digest.size());
    insert_.id(3, parent);
    insert_.id(4, node);
    insert_.id(5, leading);
    insert_.integer(6, one.bytes.compressed ? 1 : 0);
    insert_.integer(7, static_cast<std::int64_t>(one.bytes.raw_size));
    insert_.blob(8, one.bytes.bytes.data(), one.bytes.bytes.size());
    insert_.run();
    digests_.add(one.digest, next_id_);
    return next_id_++;
}

std::string piece_rows::write(const std::vector<piece_chain>& chains, const led_to& nodes) {
    std::vector<placed_chain> placed;
    for (const auto& chain : chains) {
        auto last = chain.known;
        bool inserted = false;
        for (const auto& one : chain.added) {
            const auto node = one.node == piece::no_node ? 0 : nodes.node(one.node);
            const auto leading = node != 0 ? nodes.leading : 0;
            const auto found = inserted ? 0 : find(one.digest);
            inserted = found == 0;
            last = inserted ? insert(one, last, node, leading) : found;
            if (!inserted && node != 0) {  // the newest turn is what is gone on from
                link_.integer(1, last);
                link_.integer(2, node);
                link_.id(3, leading);
                link_.run();
            }
        }
        placed.push_back({chain.offset, last});
    }
    return write_request_parts(placed);
}

}  // namespace tapes::store
