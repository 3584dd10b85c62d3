#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// By which an exported page is known, within its first 1,024 bytes.
inline constexpr std::string_view page_mark = "<html lang=\"en\" data-tapes-export=\"1\">";

/// A node as an exported page carries it.
struct page_node {
    std::size_t index = 0;  ///< from 0
    std::optional<std::size_t> parent;
    /// The hash, seal or stand-in (docs/proof.md).
    merkle::digest value{};
    bool genuine = false;  ///< `value` is its hash in the store that it came from
    bool whole = false;    ///< nothing was taken out, so `value` was computed from what is here
    bool left_out = false;
    merkle::identity identity;
    std::string role, project, stop_reason;
    std::string content;  ///< JSON
    std::optional<std::int64_t> created_at_us;
};

/// Says what is wrong with a page, in a sentence: which node, and what it should be.
class page_fault : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads the nodes of an exported page, whatever else it holds, and proves each by its hash. Holds a line of
/// it at a time, of at most 256 MiB, and some 50 bytes for each node.
class page_reader {
public:
    /// `take` is given each node once it is proved, parents first.
    explicit page_reader(std::function<void(page_node&&)> take) : take_{std::move(take)} {}

    /// Takes the next bytes. Throws page_fault where a node does not hold.
    void feed(std::string_view bytes);
    /// There are no more. Throws page_fault where the page is not whole.
    void end();
    std::size_t nodes() const noexcept { return links_.size(); }

private:
    struct link {
        merkle::digest value{};
        bool genuine = false;
    };

    void take_line(std::string_view line);
    void take_node(std::string_view json);
    void take_about(std::string_view json);
    void prove(const page_node& node) const;

    std::function<void(page_node&&)> take_;
    std::string line_;
    std::vector<link> links_;
    std::optional<std::size_t> told_nodes_;
};

}  // namespace tapes::exports
