#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/merkle/usage.hpp>
#include <tapes/store/entry.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::store {

/// An exchange as its row has it.
struct kept_exchange {
    std::int64_t seq = 0;
    capture::uuid id{};
    std::int64_t accepted_at_us = 0;
    std::int64_t connected_at_us = 0;   ///< see capture::exchange; 0: not known
    std::int64_t sent_at_us = 0;        ///< the same
    std::int64_t first_byte_at_us = 0;  ///< 0: no byte came
    std::int64_t last_byte_at_us = 0;
    std::int64_t committed_at_us = 0;
    std::string method, path, target, upstream, peer, session, project, agent_name, provider, api;
    std::string caller;                         ///< see capture::exchange
    std::int64_t answer_of = 0;                 ///< see entry
    std::optional<capture::uuid> answer_of_id;  ///< of that exchange
    int status = 0;                             ///< 0: no answer came
    std::string model, response_model, response_id;
    bool streamed = false;
    std::string stop_reason;
    merkle::usage used;
    capture::end_reason ended = capture::end_reason::complete;
    capture::drop_reason dropped = capture::drop_reason::none;
    std::int64_t head = 0;  ///< node of its answer, 0: none
    int mapping_version = 0;
    std::uint64_t request_bytes = 0;  ///< of the body, as on the wire
    std::uint64_t response_bytes = 0;
    std::optional<std::int64_t> captured_request_bytes;  ///< nothing: all of them
    std::optional<std::int64_t> captured_response_bytes;
    speaker sender;
    std::string reading;  ///< see entry
    std::string times;    ///< capture::chunk_times, encoded; "" for an answer that came in one piece
};

/// When an exchange took place, and what its times may be told apart by. Texts but the session's are numbers
/// of strings of the store, see exchange_reader::text; 0: "".
struct exchange_times {
    std::int64_t seq = 0;
    std::int64_t accepted_at_us = 0;
    std::int64_t first_byte_at_us = 0;  ///< 0: no byte came
    std::int64_t last_byte_at_us = 0;
    std::string_view session;  ///< valid until the visitor returns
    std::int64_t project = 0, agent = 0, provider = 0, api = 0, model = 0;
    bool streamed = false;
    bool whole = false;    ///< it gave a turn, and its answer came to its end
    merkle::usage used{};  ///< what tells the tokens of its output
};

/// Reads exchanges in the order of the log. A read-only connection: one thread at a time; holds no read
/// transaction between calls. Throws std::runtime_error with SQLite's message when a query fails.
class exchange_reader {
public:
    explicit exchange_reader(const std::string& path);
    ~exchange_reader();
    exchange_reader(const exchange_reader&) = delete;
    exchange_reader& operator=(const exchange_reader&) = delete;

    /// Reads at most `most` exchanges behind the log row `after`.
    std::vector<kept_exchange> read(std::int64_t after, std::size_t most = 256);
    std::int64_t last_seq();

    /// Visits the times of the exchanges from the log row `first` on and before `behind`, ascending: a small
    /// part of what read() costs.
    void visit_times(std::int64_t first, std::int64_t behind,
                     const std::function<void(const exchange_times&)>& visit);
    /// A string of the store by its number; "" where there is none.
    std::string text(std::int64_t number);

    /// Reads the nodes of an exchange's choices, by choice; empty where there is only one choice.
    std::vector<std::pair<int, std::int64_t>> choices(std::int64_t exchange);
    /// Whether the node is the answer of an exchange before `before`, which has this response id unless that
    /// is "".
    bool is_answer(std::int64_t node, std::int64_t before, const std::string& response_id);

    /// The later exchanges with which the answer of this one came, in their order; empty where it came with
    /// it.
    std::vector<capture::uuid> fetches(std::int64_t exchange);

    /// The first of the nodes that were new with the exchange; 0: none was.
    std::int64_t first_node(std::int64_t exchange);

    /// The key of the store's redactions.
    std::string redaction_key();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::store
