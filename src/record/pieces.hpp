#pragma once

#include <tapes/llm/request_cut.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/history.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// A request body that is cut into pieces, so that pieces which are stored already are neither stored nor
/// read again. It points into the body.
class pieced_body {
public:
    /// Cuts the body and computes the digests of its pieces.
    pieced_body(const llm::api& api, std::string_view body);

    /// Returns false when the body is too short to be worth it, or cannot be cut.
    bool cut() const noexcept { return cut_.has_value(); }

    /// Asks the store which pieces it has, whatever it said before. Throws as store::history.
    void look_up(store::history& history);

    /// Compresses the pieces that are not stored, ahead of keep().
    void compress_new();

    /// An element of the history that was the last one in an earlier turn's request. This request can be cut
    /// behind it.
    struct boundary {
        std::size_t next = 0;  ///< the first element behind it
        store::history::known_piece piece;
    };
    /// Returns the last boundary.
    std::optional<boundary> known_boundary(const llm::api& api, store::history& history) const;

    /// Returns the body with only the elements from `next` on in its history.
    std::string rest(std::size_t next) const { return llm::without_known(body_, *cut_, next); }

    /// Returns how many elements the history has.
    std::size_t elements() const noexcept;

    /// Fills `request` and `pieces` of `in`; may be called once. `node_behind` gives the node for an element,
    /// see store::piece::node.
    void keep(store::wire& in, const std::function<int(std::size_t element)>& node_behind);

    /// Returns the size of the digests and the compressed pieces.
    std::uint64_t held_bytes() const noexcept;

private:
    struct placed {
        std::vector<merkle::digest> digests;
        std::size_t known = 0;  ///< number of pieces that are stored
        store::history::known_piece last_known;
        std::size_t first_compressed = 0;           ///< of the pieces
        std::vector<store::wire_bytes> compressed;  ///< from that one on, or none
    };

    static void find_known(placed& in, store::history& history);

    std::string_view body_;
    std::optional<llm::request_cut> cut_;
    std::vector<placed> places_;  ///< as in `cut_`
};

}  // namespace tapes::record
