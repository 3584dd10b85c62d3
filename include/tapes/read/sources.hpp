#pragma once

#include <tapes/catalogue/reader.hpp>
#include <tapes/read/exchange.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/store/chain_reader.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/exchange_view.hpp>
#include <tapes/store/wire_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

/// What questions are answered from: a store, its catalogue, and what tokens cost. For one thread at a time;
/// holds no read transaction between calls.
class sources {
public:
    /// Opens both for reading. An empty `catalogue_path`: there is none, and nothing is known of sessions.
    /// `prices` must outlive this. Throws store::open_error or catalogue::open_error, and std::runtime_error
    /// with SQLite's message.
    sources(const std::string& store_path, const std::string& catalogue_path, const price_table& prices);
    sources(const sources&) = delete;
    sources& operator=(const sources&) = delete;

    store::chain_reader chains;
    store::exchange_view names;
    store::wire_reader wires;
    std::optional<catalogue::reader> catalogue;

    /// The exchange with this `seq`.
    std::optional<exchange> find_exchange(std::int64_t seq);
    /// The same as its row has it.
    std::optional<store::kept_exchange> kept_exchange(std::int64_t seq);
    /// The later exchanges (UUID) with which its answer came, in their order.
    std::vector<std::string> fetches_of(std::int64_t seq);
    /// The first of the nodes that were new with an exchange; 0: none was.
    std::int64_t first_node_of(std::int64_t seq);
    /// The times of exchanges, and texts that they name by number: see store::exchange_reader.
    void visit_times(std::int64_t first, std::int64_t behind,
                     const std::function<void(const store::exchange_times&)>& visit);
    std::string text(std::int64_t number);
    /// The `seq` of the newest exchange; 0: there is none.
    std::int64_t last_exchange();
    /// What an exchange costs with the tokens that it has.
    cost price_of(const exchange& one) const;
    /// The key of the store's redactions, which never leaves it.
    std::string redaction_key() { return exchanges_.redaction_key(); }
    /// When the pieces of an exchange's answer came: capture::chunk_times, encoded; "" where none are kept.
    std::string times_of(std::int64_t seq);
    /// The nodes of an exchange's choices, by their index; empty where there is only one.
    std::vector<std::int64_t> choices_of(std::int64_t seq);
    /// The exchanges (`seq`) before `before` whose answer the node is, whichever choice, ascending; of many
    /// the newest.
    std::vector<std::int64_t> answers_of(std::int64_t node,
                                         std::int64_t before = std::numeric_limits<std::int64_t>::max());

private:
    store::exchange_reader exchanges_;
    const price_table& prices_;
};

}  // namespace tapes::read
