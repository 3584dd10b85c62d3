#include "file/digest_index.hpp"
#include "verify/parts.hpp"

#include <zstd.h>

#include <stdexcept>

namespace tapes::store {

namespace {

constexpr const char* piece_rows_query =
    "SELECT p.id, p.digest, p.parent, p.zstd, p.size, p.bytes, q.digest, p.node, n.id, p.leading, l.id,"
    " l.root = n.root AND l.depth <= n.depth"
    " FROM piece p LEFT JOIN piece q ON q.id = p.parent LEFT JOIN node n ON n.id = p.node"
    " LEFT JOIN node l ON l.id = p.leading WHERE p.id > ?1 AND p.id <= ?2 ORDER BY p.id LIMIT ?3";

class piece_check {
public:
    piece_check(connection& db, const verify_bounds& until, findings& wrong)
        : until_{until},
          wrong_{wrong},
          rows_{db, piece_rows_query},
          indexed_{db, "SELECT 1 FROM piece_by_digest WHERE prefix = ?1 AND row = ?2"} {}

    /// Returns where it came to.
    std::int64_t page(std::int64_t after, verify_figures& seen) {
        const reset_at_end guard{rows_};
        rows_.integer(1, after);
        rows_.integer(2, until_.last_piece);
        rows_.integer(3, rows_at_once);
        std::int64_t count = 0;
        for (; rows_.step(); ++count) {
            id_ = rows_.integer_at(0);
            for (++after; after < id_; ++after) {
                wrong_.add("piece " + std::to_string(after) + ": is missing");
            }
            ++seen.pieces;
            seen.piece_bytes += check();
        }
        return count < rows_at_once ? until_.last_piece : after;
    }

private:
    void tell(const std::string& problem) { wrong_.add("piece " + std::to_string(id_) + ": " + problem); }

    std::uint64_t check() {
        const auto own = digest_of(rows_.blob_at(1));
        if (!own) {
            tell("its digest is none");
            return 0;
        }
        std::string hashed;
        if (const auto parent = rows_.integer_at(2); parent != 0) {
            const auto above = digest_of(rows_.blob_at(6));
            if (!above) {
                tell("its parent, piece " + std::to_string(parent) + ", is missing");
                return 0;
            }
            if (parent >= id_) {
                tell("does not stand behind its parent, piece " + std::to_string(parent));
            }
            hashed.assign(above->begin(), above->end());
        }
        for (const int column : {7, 9}) {
            if (!rows_.is_null(column) && rows_.is_null(column + 1)) {
                tell("leads to node " + std::to_string(rows_.integer_at(column)) + ", which is missing");
            }
        }
        if (!rows_.is_null(9) && rows_.is_null(7)) {
            tell("has a leading node, but leads to none");
        } else if (!rows_.is_null(11) && rows_.integer_at(11) == 0) {
            tell("its leading node, " + std::to_string(rows_.integer_at(9)) + ", is not above node " +
                 std::to_string(rows_.integer_at(7)));
        }
        if (rows_.integer_at(3) != 0 && rows_.integer_at(3) != 1) {
            tell("its zstd is " + std::to_string(rows_.integer_at(3)) + ", neither yes nor no");
        }
        const auto before = hashed.size();
        if (!append_plain(hashed)) {
            tell("its bytes are not the zstd frame that they should be");
            return 0;
        }
        if (merkle::sha256(hashed) != *own) {
            tell("its digest is not that of its bytes");
        }
        check_indexed(*own);
        return hashed.size() - before;
    }

    bool append_plain(std::string& to) {
        const auto bytes = rows_.blob_at(5);
        const auto size = static_cast<std::uint64_t>(rows_.integer_at(4));
        if (rows_.integer_at(3) == 0) {
            to.append(bytes.begin(), bytes.end());
            return bytes.size() == size;
        }
        if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != size || size > largest) {
            return false;
        }
        const auto at = to.size();
        to.resize(at + size);
        const auto made = ZSTD_decompress(to.data() + at, size, bytes.data(), bytes.size());
        return ZSTD_isError(made) == 0U && made == size;
    }

    void check_indexed(const merkle::digest& own) {
        if (id_ > until_.indexed("piece_by_digest")) {
            return;
        }
        const reset_at_end guard{indexed_};
        indexed_.integer(1, prefix_of(own));
        indexed_.integer(2, id_);
        if (!indexed_.step()) {
            tell("is not in piece_by_digest");
        }
    }

    static constexpr std::uint64_t largest = 1ULL << 30;

    const verify_bounds& until_;
    findings& wrong_;
    statement rows_;
    statement indexed_;
    std::int64_t id_ = 0;
};

}  // namespace

void verify_pieces(connection& db, const verify_options& options, const verify_bounds& until,
                   verify_figures& seen, findings& wrong) {
    const progress_steps steps{options.on_progress, "pieces", until.last_piece};
    piece_check check{db, until, wrong};
    for (std::int64_t at = 0; at < until.last_piece;) {
        at = check.page(at, seen);
        steps.reached(at);
    }
}

}  // namespace tapes::store
