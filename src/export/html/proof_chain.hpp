#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::exports {

/// How much of a node a file carries.
enum class carried : int {
    whole = 1,
    redacted = 2,  ///< secrets were taken out, which nobody can guess
    withheld = 3,  ///< secrets were taken out, which somebody could guess
    left_out = 4,  ///< it is too large
};
std::string_view to_string(carried value) noexcept;

/// What stands for a node in a file.
struct proof_link {
    /// Which hash it is. Behind a withheld node no real hash may stand: from each of them, with all contents
    /// that lie between, the secret could be guessed. There the same hashes are computed from a stand-in.
    enum class form : int {
        hash = 1,      ///< the one in the store
        seal = 2,      ///< computed as that is, from the parent's seal or stand-in
        stand_in = 3,  ///< of a withheld node: it tells nothing of the hash to who lacks the store's key
    };
    std::size_t index = 0;  ///< in the file, from 0
    std::optional<std::size_t> parent;
    form kind = form::hash;
    merkle::digest value{};
};
std::string_view to_string(proof_link::form value) noexcept;

/// A node that is to be linked.
struct linked_node {
    std::int64_t id = 0;
    std::int64_t parent = 0;  ///< 0 at a root
    merkle::digest hash{};
    merkle::identity identity;
    std::string_view role;
    std::string_view content;  ///< as the store has it, secrets and all; "" of one that is left out
    carried state = carried::whole;
};

/// The links of the nodes of a file, parents first (docs/proof.md). Holds some 100 bytes for each node.
class proof_chain {
public:
    /// `key` is the store's own, which never leaves it.
    explicit proof_chain(std::string key) : key_{std::move(key)} {}

    /// The node's link; nothing where it is in the file already.
    std::optional<proof_link> add(const linked_node& node);
    std::size_t size() const noexcept { return links_.size(); }
    const proof_link* find(std::int64_t id) const noexcept;

private:
    merkle::digest stand_in_for(const merkle::digest& hash) const;

    std::string key_;
    std::map<std::int64_t, proof_link> links_;
};

}  // namespace tapes::exports
