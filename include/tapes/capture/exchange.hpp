#pragma once

#include <tapes/capture/body.hpp>
#include <tapes/capture/chunk_times.hpp>
#include <tapes/capture/ending.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/capture/opening.hpp>
#include <tapes/capture/receipt.hpp>
#include <tapes/capture/sequel.hpp>
#include <tapes/capture/tally.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::capture {

/// Microseconds since the epoch, UTC.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A UUID of version 7 (RFC 9562 §5.7).
using uuid = std::array<std::uint8_t, 16>;

/// What stands in the place of a peer where an exchange did not pass the relay.
constexpr bool is_outside_source(std::string_view peer) noexcept {
    return peer == "ingest" || peer == "import";
}

/// Makes a new UUIDv7. Those of one thread increase. Thread-safe.
uuid make_uuid(timestamp now);
/// Returns the usual form: 32 lower-case hexadecimal digits with four dashes.
std::string to_string(const uuid& id);
/// Reads the usual form, in either case; nothing where `text` is anything else.
std::optional<uuid> uuid_from_string(std::string_view text) noexcept;

/// Work on the request of an exchange that is done while its answer is still to come.
class preparation {
public:
    virtual ~preparation() = default;

    /// Gives the work up and waits for a step that is under way: when this returns, the exchange is not read
    /// any more.
    virtual void withdraw() noexcept = 0;
};

/// One request and its answer, as the relay saw them. Owned by one stage at a time: the relay fills it, a
/// worker reads it, the writer commits it and destroys it. Destroying it returns its bytes to the budget.
/// While `prepared` is set a worker may read what belongs to the request, so its owner must not change that.
struct exchange {
    exchange(budget& limits, const spill_policy& policy)
        : request_body{limits, policy}, response_body{limits, policy}, limits_{limits}, spill_{policy} {}
    ~exchange() {
        if (prepared) {
            prepared->withdraw();
        }
        limits_.release_memory(held_bytes_);
        if (account_ != nullptr || amends != 0) {
            settle(drop_reason::over_budget);
            tell_waiter();
        }
        if (counts_ != nullptr) {
            ++counts_->settled;
        }
    }
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    /// Reserves `bytes` in the budget, for what was made of this exchange, until the exchange is destroyed.
    /// Returns false where the budget refuses them.
    [[nodiscard]] bool hold(std::uint64_t bytes) noexcept {
        if (!limits_.reserve_work(bytes)) {
            return false;
        }
        held_bytes_ += bytes;
        return true;
    }
    /// Gives back what was reserved so.
    void drop_holds() noexcept { limits_.release_memory(std::exchange(held_bytes_, 0)); }
    std::uint64_t held_bytes() const noexcept { return held_bytes_; }
    budget& limits() const noexcept { return limits_; }
    const spill_policy& spill() const noexcept { return spill_; }

    /// From now on this exchange is settled in `account`, which must outlive it: by whoever knows its end, or
    /// by its destruction, where it was given up for want of memory: as `over_budget`, and its waiter is
    /// told.
    void owe(ledger& account) noexcept { account_ = &account; }
    /// Settles it, if that is still to be done.
    void settle(drop_reason reason) noexcept {
        if (auto* const account = std::exchange(account_, nullptr); account != nullptr) {
            account->settle(reason);
        }
    }
    /// Says that somebody else has settled it.
    void settled() noexcept { account_ = nullptr; }
    /// Counts this exchange among those of `counts`: as accepted now, and as settled when it is destroyed.
    void count_in(std::shared_ptr<tally> counts) noexcept {
        counts_ = std::move(counts);
        if (counts_ != nullptr) {
            ++counts_->accepted;
        }
    }
    /// Returns where this exchange is counted; null where it is not.
    const std::shared_ptr<tally>& counts() const noexcept { return counts_; }

    /// Tells the waiter, where there is one, in a delivery of its own.
    void tell_waiter() noexcept;

    uuid id{};
    std::string peer;  ///< "127.0.0.1:51234"

    // The request. Heads are as on the wire, without the empty line; they still hold credentials (the worker
    // redacts them before anything is stored or logged).
    std::string method;
    std::string target;    ///< as the client sent it
    std::string path;      ///< of the API after routing, without query, e.g. /v1/chat/completions
    std::string upstream;  ///< scheme://host:port, without user info
    std::string request_head;
    std::string request_encoding;  ///< the value of Content-Encoding, "" where there is none
    body request_body;
    std::uint64_t request_received = 0;  ///< bytes of the body that came, captured or not
    std::string provider;
    std::string agent_name;
    std::string project;
    std::string session;  ///< from a header; the worker may find a better one in the body
    std::string caller;   ///< the name of who may use the relay (proxy.clients, proxy.client_ca); "": all may
    bool unauthorized = false;  ///< who asked may not use the relay

    // The answer.
    int status = 0;  ///< 0 where no answer came
    std::string response_head;
    std::string response_encoding;
    bool event_stream = false;  ///< see http::is_stream_of_events; also a JSON array in pieces
    body response_body;
    std::uint64_t response_received = 0;  ///< bytes of the body that came, captured or not
    chunk_times response_times;

    timestamp accepted_at{};    ///< the request's head was parsed
    timestamp connected_at{};   ///< a connection to the upstream was at hand; the epoch where none was
    timestamp forwarded_at{};   ///< its first bytes went to the upstream
    timestamp sent_at{};        ///< all of it had gone there; the epoch where it had not
    timestamp first_byte_at{};  ///< the epoch where no byte came
    timestamp last_byte_at{};
    end_reason ended = end_reason::complete;
    bool tunnel = false;     ///< the status was 101 and what passed was not captured
    bool websocket = false;  ///< one answer of several on a WebSocket; the heads are those of its handshake

    /// Returns the method by which the API is recognized. A request on a WebSocket would be a POST elsewhere.
    std::string_view api_method() const noexcept {
        return websocket ? std::string_view{"POST"} : std::string_view{method};
    }

    exchange_part part = exchange_part::whole;
    std::shared_ptr<opening> begun;         ///< set where its question was handed over; may be null
    std::int64_t goes_on_from = 0;          ///< the node that its request names, once it was read; 0: none
    std::shared_ptr<sequel> rest;           ///< set where more of the answer may come; may be null
    std::vector<std::string> credentials;   ///< that were redacted in its names; where `rest` is set
    std::int64_t amends = 0;                ///< the row that this replaces, being fuller; 0: none
    std::shared_ptr<receipt> waiter;        ///< may be null
    std::shared_ptr<preparation> prepared;  ///< may be null

private:
    budget& limits_;
    const spill_policy& spill_;
    std::uint64_t held_bytes_ = 0;
    std::shared_ptr<tally> counts_;
    ledger* account_ = nullptr;  ///< in which this is to be settled
};

}  // namespace tapes::capture
