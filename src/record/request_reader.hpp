#pragma once

#include "chain_finder.hpp"
#include "earlier_turns.hpp"
#include "name_limit.hpp"
#include "pieces.hpp"

#include <tapes/llm/api.hpp>

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::record {

/// Patterns of `record.volatile`.
using volatile_patterns = std::vector<std::unique_ptr<re2::RE2>>;

/// A request that was mapped, and its place in the stored conversations.
struct placed_request {
    llm::request request;  ///< its messages before `from.first_new` are stored already
    continuation from;
    std::size_t first_element = 0;  ///< of the history: where the messages behind the leading ones begin
    bool whole = false;             ///< the body could be mapped
    bool from_history = true;       ///< the chain is what the body's history says, and nothing else
    std::int64_t named = 0;         ///< the node that the request names by an id of the provider; 0: none
    linked_messages links;          ///< of `request.messages`, as far as they were needed
};

/// Maps a request's decoded body and finds its place in the stored conversations. What prepare() has done is
/// done again only where it no longer fits what is stored, so prepare() changes nothing but the time that
/// read() takes. For one thread at a time.
class request_reader {
public:
    /// All but `identity`, whose model is not known yet, must outlive this. `session`: the client's own id of
    /// its session as the request's head tells it, or ""; one in the body counts before it.
    /// `path`: what the request's path says.
    request_reader(const llm::api& api, llm::path_facts path, std::string_view body,
                   merkle::identity identity, const volatile_patterns& patterns,
                   std::string_view session = {})
        : api_{api},
          path_{std::move(path)},
          body_{body},
          identity_{std::move(identity)},
          patterns_{patterns},
          session_{is_too_long(session) ? std::string_view{} : session} {}

    /// Reads the request without mapping again what is stored; may be called once. `pieces` and `earlier` may
    /// be null: then all of it is new. Throws std::bad_alloc only.
    /// `question_from`: where the question is stored already, the node that it names, or 0: the conversation
    /// that is named leads to the question by now.
    placed_request read(const pieced_body* pieces, earlier_turns* earlier,
                        std::optional<std::int64_t> question_from = {});

    /// Reads the request as if nothing were stored: all its messages hang from a root, even those of a
    /// provider that say nothing. `items` may be empty; what it throws comes through.
    placed_request read_alone(const llm::item_source& items);

    /// Does what it can of read() beforehand. It looks nothing up by the provider's ids, because what they
    /// name may be on its way. What `earlier` throws comes through; then this must not be used any more.
    void prepare(const pieced_body* pieces, earlier_turns* earlier);

    /// Returns the size of what was prepared.
    std::uint64_t held_bytes() const noexcept;

private:
    /// The body, mapped from one element of its history on (0: the whole body).
    struct mapping {
        std::size_t first_element = 0;
        bool whole = false;
        llm::request request;
        linked_messages links;
    };

    llm::item_source items_of(earlier_turns* earlier);
    placed_request read_with_history(const pieced_body* pieces, earlier_turns& earlier);
    std::optional<placed_request> behind_known(const pieced_body& pieces, earlier_turns& earlier);
    void go_on_by_name(earlier_turns& earlier, placed_request& out);
    std::optional<store::known_node> named_by(const llm::request& from, earlier_turns& earlier) const;
    void go_on_otherwise(earlier_turns& earlier, placed_request& out);
    static continuation before_cut(store::history& history, const placed_request& found);
    continuation look_behind(chain_finder& finder, const continuation& from,
                             const std::vector<merkle::message>& messages, std::size_t leading);
    static void drop_empty(placed_request& out);
    std::string_view session_of(const llm::request& from) const noexcept {
        return from.session.empty() ? session_ : std::string_view{from.session};
    }
    bool map(const pieced_body* pieces, std::size_t first_element, const llm::item_source& items,
             llm::request& out);

    const llm::api& api_;
    llm::path_facts path_;
    std::string_view body_;
    merkle::identity identity_;
    const volatile_patterns& patterns_;
    std::string_view session_;
    std::optional<std::int64_t> question_from_;
    bool early_ = false;
    bool named_items_ = false;
    std::optional<mapping> ready_;
    linked_messages links_;  ///< of the request that was mapped last
};

/// Puts what stands outside the history of a request in front of its messages, for what it names has nothing
/// before it.
void begin_with_instructions(llm::request& from);

/// Returns the message that begins a conversation in the place of an earlier answer which is not known.
/// `type` is "previous_response_id" or "conversation", `id` the name of that answer.
merkle::message unresolved(std::string type, const std::string& id);

}  // namespace tapes::record
