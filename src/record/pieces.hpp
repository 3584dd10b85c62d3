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

/// A request body in pieces: what of it is stored already is neither stored nor read again. Views into the
/// body.
class pieced_body {
public:
    /// Cuts and digests; nothing is known yet.
    pieced_body(const llm::api& of, std::string_view body);

    /// False: it is too short to be worth it, or cannot be cut.
    bool cut() const noexcept { return cut_.has_value(); }

    /// Asks which pieces are stored; what was known before is forgotten. Throws as store::history.
    void look_up(store::history& past);

    /// Compresses what is not known beforehand.
    void compress_new();

    /// An element of the history that was the last of an earlier turn's request, behind which this request
    /// can be cut.
    struct boundary {
        std::size_t next = 0;  ///< the first element behind it
        store::history::known_piece piece;
    };
    /// The last one.
    std::optional<boundary> known_boundary(const llm::api& of, store::history& past) const;

    /// The body with only the elements from `next` on in its history.
    std::string rest(std::size_t next) const { return llm::without_known(body_, *cut_, next); }

    /// How many elements the history has.
    std::size_t elements() const noexcept;

    /// What is stored: fills `request` and `pieces`; once. `node_behind`: see store::piece::node, by element.
    void keep(store::wire& in, const std::function<int(std::size_t element)>& node_behind);

    /// Of digests and compressed pieces.
    std::uint64_t held_bytes() const noexcept;

private:
    struct placed {
        std::vector<merkle::digest> digests;
        std::size_t known = 0;  ///< so many of the pieces are stored
        store::history::known_piece last_known;
        std::size_t first_compressed = 0;           ///< of the pieces
        std::vector<store::wire_bytes> compressed;  ///< from that one on, or none
    };

    static void find_known(placed& in, store::history& past);

    std::string_view body_;
    std::optional<llm::request_cut> cut_;
    std::vector<placed> places_;  ///< as in `cut_`
};

}  // namespace tapes::record
