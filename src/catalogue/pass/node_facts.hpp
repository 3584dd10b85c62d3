#pragma once

#include <tapes/store/log_scan.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::catalogue {

enum class node_role : std::uint8_t { system, user, assistant, tool, other };
node_role role_of(std::string_view name) noexcept;

struct node_fact {
    std::int64_t parent = 0;
    std::int64_t root = 0;
    node_role role = node_role::other;
};

/// Nodes of the store: those of the page that is worked on, those of late, all others by their ids.
class node_facts {
public:
    explicit node_facts(store::log_scan& scan) : scan_{scan} {}

    /// The next page, which must outlive its use here.
    void take(const std::vector<store::scanned_row>& page);
    node_fact fact(std::int64_t node);
    std::string hash(std::int64_t node);  ///< in hexadecimal digits
    /// Valid until the next call for a node that is not in the page.
    std::string_view content(std::int64_t node);

private:
    static constexpr std::size_t limit = 200'000;

    store::log_scan& scan_;
    std::unordered_map<std::int64_t, node_fact> facts_;
    std::unordered_map<std::int64_t, const store::scanned_node*> page_;
    std::string other_;
};

}  // namespace tapes::catalogue
