#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tapes::catalogue {

/// What a node is chosen by, as ids of strings; 0: the empty string. The agent is that of the exchange with
/// which the node was new, else the program that sent it. The tools, of its calls and results, are a text of
/// tool_list.
struct node_facets {
    std::int64_t role = 0, model = 0, provider = 0, project = 0, agent = 0, tools = 0;

    bool operator==(const node_facets&) const = default;
};

/// The facets of nodes whose ids follow each other. Few nodes differ in them: each different set of facets is
/// kept once.
class facet_block {
public:
    static constexpr std::int64_t size = 1024;  ///< nodes

    static constexpr std::int64_t block_of(std::int64_t node) noexcept { return node / size; }
    static constexpr std::size_t place_of(std::int64_t node) noexcept {
        return static_cast<std::size_t>(node % size);
    }

    /// Does nothing for a node that is there.
    void add(std::size_t place, const node_facets& facets);

    const std::vector<node_facets>& sets() const noexcept { return sets_; }
    /// By the place of a node: the number of its set, from 1; 0: there is no such node.
    const std::array<std::uint16_t, size>& set_of() const noexcept { return set_of_; }

    /// As they stand in columns: the sets, and which node has which.
    std::string sets_as_bytes() const;
    std::string nodes_as_bytes() const;
    /// Bytes that are no such column give what stands before the mistake.
    static std::vector<node_facets> read_sets(std::span<const std::uint8_t> bytes);
    void read(std::span<const std::uint8_t> sets, std::span<const std::uint8_t> nodes);

private:
    std::vector<node_facets> sets_;
    std::array<std::uint16_t, size> set_of_{};
    std::size_t end_ = 0;  ///< behind the last node
};

}  // namespace tapes::catalogue
