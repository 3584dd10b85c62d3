#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// What later requests may name: an item of an answer, or a conversation.
enum class name_kind : std::uint8_t { item, conversation };

/// Returns the table that holds names of that kind.
std::string_view table_of(name_kind kind) noexcept;

/// Reads rows that stand beside the exchanges and follow from their bytes alone. A read-only connection: one
/// thread at a time; holds no read transaction between calls. Throws std::runtime_error with SQLite's message
/// when a query fails.
class derived_rows {
public:
    explicit derived_rows(const std::string& path);
    ~derived_rows();
    derived_rows(const derived_rows&) = delete;
    derived_rows& operator=(const derived_rows&) = delete;

    /// A name, and the exchange that a request which names it goes on from.
    struct name {
        std::string text;
        std::int64_t exchange = 0;
    };
    /// Reads at most `most` names behind `after`, in their order.
    std::vector<name> names(name_kind kind, std::string_view after, std::size_t most = 1024);

    /// A text that an answer was given in besides, see entry_node::variants.
    struct variant {
        std::int64_t node = 0;
        std::int64_t value = 0;
    };
    /// Reads at most `most` variants behind `after`, in their order.
    std::vector<variant> variants(const variant& after, std::size_t most = 1024);

    /// Returns the last piece of each chain in the request of an exchange, without empty chains.
    std::vector<std::int64_t> chain_ends(std::int64_t exchange);

    /// Returns the exchanges whose answers turned out to be fuller than their rows first said, in order.
    std::vector<std::int64_t> amended();

    /// An exchange whose answer turned out to be fuller than its row first said.
    struct amended_answer {
        std::int64_t exchange = 0;
        std::int64_t question = 0;  ///< the node above its answer, 0: none
        std::string role;           ///< of the node that it leads to
        std::string response_id;
    };
    /// Reads those of which the log tells behind row `after`, which becomes the last row of the log. Only
    /// answers with a response id are among them; one may be there more than once.
    std::vector<amended_answer> amended_answers(std::int64_t& after);

    /// Tells whether the node is an answer of an exchange behind `seq`.
    bool is_answered_behind(std::int64_t seq, std::int64_t node);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
