#pragma once

#include <tapes/capture/budget.hpp>
#include <tapes/capture/exchange.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// A request and its answer that did not pass the relay: somebody else has recorded them. Bodies are without
/// content codings; an answer may be events as they came. Times that are not known are the epoch.
struct outside_exchange {
    std::string source;  ///< how it came: `ingest` or `import`. It stands where a relayed one has its peer
    capture::uuid id{};  ///< zeros: it gets a new one; zeros in place of its time: see id_of()
    std::string method = "POST";
    std::string path;      ///< of the API, e.g. /v1/chat/completions
    std::string target;    ///< with the query; "": the path
    std::string upstream;  ///< scheme://host:port, "" where it is not known
    std::string provider;
    std::string agent_name;
    std::string project;
    std::string session;        ///< that the client named outside the body
    std::string request_head;   ///< as on the wire, without the empty line; "": a plain one is made
    std::string response_head;  ///< as request_head
    std::string request;
    std::string response;
    int status = 200;
    capture::timestamp started_at{};
    capture::timestamp first_byte_at{};
    capture::timestamp ended_at{};
};

/// What became of one of them.
struct intake_outcome {
    enum class state {
        taken,    ///< it is committed
        known,    ///< one with this id and this answer was committed before
        refused,  ///< `detail` says why. It gives no turn (`reason`), or its id is that of another one (none)
        busy,     ///< it may be sent again: there was no memory for it, or the store does not commit
    };
    state now = state::refused;
    capture::drop_reason reason = capture::drop_reason::none;
    std::string detail = {};  ///< where it was not taken: what is wrong and what would be right
    capture::uuid id{};
    merkle::digest head{};  ///< of its answer, where it was taken or known
};

/// Records what did not pass the relay, in the same way: redacted, mapped, chained, committed in groups. What
/// gives no turn is refused, and leaves no row. For one thread at a time.
class intake {
public:
    struct limits {
        std::size_t pending = 512;  ///< so many are handed to the writer before their commit is waited for
        std::chrono::milliseconds patience{10'000};  ///< how long a commit is waited for
    };

    /// `options` as for the pool. `writer`, `account` and `memory` must outlive it. Throws
    /// std::invalid_argument for a pattern that does not compile, and what opening the store throws.
    intake(const settings& options, const std::string& redaction_key, store::writer& writer,
           capture::ledger& account, capture::budget& memory, limits most);
    intake(const settings& options, const std::string& redaction_key, store::writer& writer,
           capture::ledger& account, capture::budget& memory);
    ~intake();
    intake(const intake&) = delete;
    intake& operator=(const intake&) = delete;

    /// Takes them in their order and waits until those that are taken are durable. Outcomes are in the same
    /// order. Throws text::work_stopped where the meter of the thread ends it; what was handed over by then
    /// is committed. Throws std::bad_alloc, and std::runtime_error where the store cannot be read.
    std::vector<intake_outcome> take(std::vector<outside_exchange> all);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// Returns an id that is made of the time and the content, for what may be brought more than once. Where no
/// time is known the place of the time in it (RFC 9562 §5.7) is all zeros: the exchange gets the time at
/// which it is first taken there, and is known again by the rest.
capture::uuid id_of(const outside_exchange& one);

/// What is known of a request besides whose API it is for.
struct path_hints {
    std::string api;       ///< "openai_chat"; "": it is told from the request
    std::string model;     ///< as the path would name it; "": as request or answer name it
    std::string response;  ///< JSON, where the answer is
    bool events = false;   ///< the answer is a stream's
};

/// Returns the path at which the API of `provider` takes a request like this; "" where that cannot be told.
std::string usual_path(std::string_view provider, std::string_view request, const path_hints& more = {});

/// The providers and the APIs for which it can: "anthropic azure bedrock".
std::string providers_brought();
std::string apis_brought();

/// Tells whether the path for a request like this names the model, which nobody has named.
bool names_model_in_path(std::string_view provider, std::string_view request, std::string_view api);

}  // namespace tapes::record
