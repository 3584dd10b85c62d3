#include "html/proof_chain.hpp"

#include <algorithm>
#include <array>

namespace tapes::exports {

namespace {

std::string_view bytes_of(const merkle::digest& value) {
    // NOLINTNEXTLINE(*-reinterpret-cast): bytes as characters
    return {reinterpret_cast<const char*>(value.data()), value.size()};
}

/// RFC 2104.
merkle::digest hmac_sha256(std::string_view key, std::string_view text) {
    constexpr std::size_t block = 64;
    std::string padded{key.size() > block ? bytes_of(merkle::sha256(key)) : key};
    padded.resize(block, '\0');
    std::string inner;
    std::string outer;
    for (const char c : padded) {
        inner.push_back(static_cast<char>(static_cast<unsigned char>(c) ^ 0x36U));
        outer.push_back(static_cast<char>(static_cast<unsigned char>(c) ^ 0x5cU));
    }
    inner.append(text);
    const auto within = merkle::sha256(inner);
    outer.append(bytes_of(within));
    return merkle::sha256(outer);
}

}  // namespace

std::string_view to_string(carried value) noexcept {
    switch (value) {
        case carried::whole:
            return "whole";
        case carried::redacted:
            return "redacted";
        case carried::withheld:
            return "withheld";
        default:
            return "left_out";
    }
}

std::string_view to_string(proof_link::form value) noexcept {
    return value == proof_link::form::hash ? "hash" : value == proof_link::form::seal ? "seal" : "stand_in";
}

const proof_link* proof_chain::find(std::int64_t id) const noexcept {
    const auto found = links_.find(id);
    return found == links_.end() ? nullptr : &found->second;
}

merkle::digest proof_chain::stand_in_for(const merkle::digest& hash) const {
    return hmac_sha256(key_, "tapes stand-in of a node\n" + merkle::to_hex(hash));
}

std::optional<proof_link> proof_chain::add(const linked_node& node) {
    if (links_.contains(node.id)) {
        return std::nullopt;
    }
    proof_link made;
    made.index = links_.size();
    const auto* const parent = find(node.parent);
    if (parent != nullptr) {
        made.parent = parent->index;
    }
    const bool behind = parent != nullptr && parent->kind != proof_link::form::hash;
    if (node.state == carried::withheld || (behind && node.state == carried::left_out)) {
        made.kind = proof_link::form::stand_in;
        made.value = stand_in_for(node.hash);
    } else if (behind) {
        made.kind = proof_link::form::seal;
        const auto seal = merkle::hash_stored(parent->value, node.identity, node.role, node.content);
        made.value = seal.value_or(stand_in_for(node.hash));
    } else {
        made.value = node.hash;
    }
    links_.emplace(node.id, made);
    return made;
}

}  // namespace tapes::exports
