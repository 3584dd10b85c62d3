#pragma once

#include "earlier_turns.hpp"
#include "early_work.hpp"
#include "request_reader.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/store/entry.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::record {

class turn_work;

/// Makes store entries of exchanges: decodes, redacts, folds streams, maps, chains and compresses. Immutable
/// after construction; may be used from several threads.
class turn_maker {
public:
    /// Throws std::invalid_argument for a pattern that does not compile.
    turn_maker(const settings& options, const std::string& redaction_key);

    /// Makes the entry of an exchange. An exchange that cannot be mapped has a drop_reason. Its bodies are
    /// released, and what was made of them is charged to its budget. Where the budget refuses that, the entry
    /// is bare and `over_budget`; where it refuses even a bare row, the exchange holds no bytes of it.
    /// `earlier` belongs to the caller's thread; null: earlier turns are not looked up. Throws std::bad_alloc
    /// only.
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended,
                                       earlier_turns* earlier = nullptr) const;

    /// Tells whether the meter of the thread has stopped make(). Then the entry is bare, and its exchange is
    /// as it was, but for redacted names: it may be made again, or its bytes be kept.
    static bool is_given_up(const store::entry& made) noexcept {
        return made.dropped == capture::drop_reason::work_limit;
    }
    /// Adds to an entry that was given up what `record.wire` keeps, and releases the bodies. Where the meter
    /// of the thread, another one than that of make(), stops it, or the budget refuses it, the bytes are not
    /// kept.
    void keep_bytes(store::entry& given_up) const;

    /// Does ahead of time what can be done of a request, and ends `work`, which has begun. That changes
    /// nothing but the time that make() takes, which does by itself what was refused here. `earlier` as in
    /// make().
    void prepare(early_work& work, earlier_turns* earlier) const noexcept;

    /// Stands in for earlier_turns where an exchange was recorded before. Its functions may throw.
    struct stored_context {
        llm::item_source items;
        std::function<void(placed_request&)> place;  ///< sets the node that the messages hang from
        /// Where the answer came with later exchanges: what these tell beside its bytes. Else null.
        const gathered_answer::whole* fetched = nullptr;
    };
    /// Makes the nodes of a recorded exchange again, those of all messages of its request among them. Keeps
    /// no wire bytes. Throws std::bad_alloc and what `context` throws.
    std::unique_ptr<store::entry> make_again(std::unique_ptr<capture::exchange> ended,
                                             const stored_context& context) const;

private:
    enum class attempt { done, refused, hopeless };

    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended, earlier_turns* earlier,
                                       const stored_context* context) const;
    std::unique_ptr<request_work> take_early(capture::exchange& ended,
                                             const std::vector<std::string>& answer_credentials) const;
    std::vector<std::string> credentials_of_request(const capture::exchange& from) const;
    bool map_metered(std::unique_ptr<store::entry>& entry, const http::credential_set& credentials,
                     earlier_turns* earlier, const stored_context* context,
                     std::unique_ptr<request_work> early) const;
    void map_within_budget(std::unique_ptr<store::entry>& entry, const http::credential_set& credentials,
                           earlier_turns* earlier, const stored_context* context,
                           std::unique_ptr<request_work> early) const;
    attempt map(store::entry& entry, const http::credential_set& credentials, earlier_turns* earlier,
                const stored_context* context, std::unique_ptr<request_work> early) const;
    static bool do_work(turn_work& work, wire_policy policy, store::entry& entry);
    void make_wire(store::entry& entry) const;
    void strip(std::unique_ptr<store::entry>& entry, capture::drop_reason reason) const;

    http::redactor redactor_;
    wire_policy wire_;
    volatile_patterns volatile_;
};

}  // namespace tapes::record
