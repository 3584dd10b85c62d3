#pragma once

#include <tapes/merkle/content.hpp>
#include <tapes/merkle/usage.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm {

/// A request for a turn, in terms that all APIs share.
struct request {
    std::string model;
    bool streamed = false;
    std::size_t choices = 1;  ///< how many answers were asked for (Chat `n`), at least 1
    std::string session;      ///< the client's own session id where the body names one, else ""
    std::vector<merkle::message> messages;
    std::size_t leading =
        0;  ///< how many of `messages`, at the front, come from outside the history (`system`)
    std::string previous_response_id;  ///< Responses: the answer that this request goes on from, else ""
    std::string conversation;          ///< Responses: the conversation that it belongs to, else ""
    bool only_prepares = false;        ///< Responses: no answer is wanted yet (`generate: false`)
    bool in_background = false;        ///< Responses: the answer may be fetched, too (`background: true`)
    /// Responses: what stands outside the history of a request that names an earlier answer. It counts only
    /// where that answer turns out to be the beginning, with nothing before it.
    std::vector<merkle::message> instructions;
};

/// Finds an item of an earlier answer by its id, for a request that names it (Responses `item_reference`).
/// Returns the item's JSON, or "" where it is not known.
using item_source = std::function<std::string(std::string_view id)>;

/// One of the answers of a turn.
struct choice {
    merkle::message message = {};
    std::string stop_reason = {};  ///< as the provider names it; "incomplete" where the answer broke off
    bool has_index = true;         ///< false: the provider numbers no choices
};

/// A one-shot answer, in terms that all APIs share.
struct answer {
    std::string id;
    std::string model;  ///< the model that answered
    merkle::usage used;
    std::vector<choice> choices;         ///< by index, without those that said nothing
    std::vector<std::string> item_ids;   ///< Responses: of the output items, for `item_source`
    std::vector<std::int64_t> variants;  ///< see stream_reducer
    bool pending = false;        ///< nothing is said yet: the answer comes with a later_request about `id`
    bool in_background = false;  ///< it says that it may be fetched, see `request`
    std::string ending;          ///< why an answer without choices ended, as the provider names it
};

/// Returns what a variant is known by: the first eight bytes of the text's SHA-256.
std::int64_t variant_of(std::string_view text);

/// The reason why bytes do not map. `empty` is an answer in which nothing was said.
enum class map_error { none, not_json, too_deep, wrong_shape, empty, provider_error };

/// Folds a stream of an API into the one-shot answer object of the same API. Fed with decoded bytes in any
/// split; lines and UTF-8 may break anywhere. One thread at a time.
class stream_reducer {
public:
    virtual ~stream_reducer() = default;
    virtual void feed(std::string_view bytes) = 0;

    /// Returns the one-shot answer object as JSON, "" where the stream held no choice and no usage. Call it
    /// once, after the last `feed`. An answer that says nothing maps to `map_error::empty`. Choices that
    /// never ended have the stop reason "incomplete".
    virtual std::string finish() = 0;

    /// Returns what finish() would return if the stream ended here, but for an event whose end has not come.
    virtual std::string so_far() const = 0;

    /// Returns true once the stream itself reported an error (an `error` object in mid-stream).
    virtual bool failed() const = 0;

    /// Returns true once an event, or a part of one, was passed over because it is no JSON or has another
    /// form than the API's. One that the end of the stream cuts off does not count.
    virtual bool has_gaps() const = 0;

    /// Returns how many bytes are held, for the budget.
    virtual std::size_t held_bytes() const = 0;

    /// Returns what sealed texts (encrypted reasoning, fingerprints) the events gave, whether the object of
    /// finish() holds them or not: a client may bring back any of them. Call it after finish(). They are no
    /// content. At most `most_variants`.
    virtual std::vector<std::int64_t> variants() const { return {}; }
    static constexpr std::size_t most_variants = 1024;
};

/// How surely an event tells that an answer is over: after a weak end usage, or the strong end, may follow at
/// once (and some servers say more all the same).
enum class end_kind : std::uint8_t { none, weak, strong };

/// The end that a watch has found in the bytes of one call.
struct end_mark {
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    end_kind kind = end_kind::none;  ///< the strongest end in these bytes behind which they say nothing
    std::size_t from = npos;  ///< the offset in these bytes where its event begins, 0 for one begun before
    bool refuted = false;  ///< they say something behind an end, of this call or an earlier one: it was none

    bool operator==(const end_mark&) const = default;
};

/// What a stream has told of where its answer is made.
enum class making : std::uint8_t {
    untold,         ///< no event has named the answer
    foreground,     ///< it is made for this stream alone
    in_background,  ///< a client that knows its id may fetch it, whatever becomes of this stream
    named_only,     ///< the first event that named it did not say
};

/// Watches a copy of a stream for the events that tell the client that the answer is over. Cheap: before an
/// end it looks at most events with one search. One thread at a time.
class end_watch {
public:
    virtual ~end_watch() = default;

    /// Looks at the next decoded bytes. Tells of each end once; of a weak end that a strong one follows, of
    /// both.
    virtual end_mark feed(std::string_view bytes) = 0;

    /// Returns how many bytes are held, for the budget: of a line, or an event, whose end has not come.
    virtual std::size_t held_bytes() const noexcept = 0;

    /// Returns what the first event that named the answer told.
    virtual making told_making() const noexcept { return making::untold; }
};

/// What the path of a request says of it.
struct path_facts {
    std::string model = {};             ///< percent-decoded; "" where the path names none
    std::optional<bool> streamed = {};  ///< nothing where the path leaves it to the body
    std::string_view provider = {};     ///< who serves this path alone ("azure"); "" where it is any of them
    std::string_view required_member = {};  ///< without this member the body is of another API; "": none
};

/// One API: how to recognize it and how to map it. Immutable, in static storage. The store keeps its `name`.
struct api {
    std::string_view name = {};      ///< "openai_chat", ...
    std::string_view method = {};    ///< "POST"
    std::string_view provider = {};  ///< who made it: "openai", "anthropic", "ollama", ...
    bool streams_by_default = false;
    bool streams_arrays = false;  ///< a stream may be a JSON array, under `application/json`

    /// Tells whether a path is this API's: without query, and without slashes at its end.
    bool (*matches)(std::string_view path) noexcept = nullptr;
    /// Reads such a path. Null where it says nothing.
    path_facts (*read_path)(std::string_view path) = nullptr;

    bool stateful = false;  ///< later requests may name an answer, or its items, by id

    /// The member of a request that holds what was said before, element by element ("messages", "input"); ""
    /// where there is none. Elements map one by one, except where `joins` says otherwise.
    std::string_view history = {};

    /// A member of a request that may hold all but the model, the history too; "" where there is none.
    std::string_view envelope = {};

    /// Members outside the history that come again with every turn and are long.
    std::array<std::string_view, 2> standing = {};

    /// The type of elements at the front of the history that map to no message and may change (a list of
    /// tools); "" where there are none.
    std::string_view set_apart = {};

    /// Takes the JSON texts of two elements of the history that stand side by side. Returns true where they
    /// may be one message, so that a history cannot be cut between them. Null where no two may.
    bool (*joins)(std::string_view before, std::string_view after) = nullptr;

    /// Map a decoded `body`, which must stay valid during the call. Fill `out`; on error `out` holds what was
    /// known. `items` may be empty.
    /// What a path says is not looked at: see llm::map_request.
    map_error (*map_request)(std::string_view body, const item_source& items, request& out) = nullptr;
    map_error (*map_answer)(std::string_view body, answer& out) = nullptr;
    std::unique_ptr<stream_reducer> (*make_reducer)() = nullptr;

    /// `choices` returns how many choices were asked for; it is called at most once, when the first one ends.
    std::unique_ptr<end_watch> (*make_end_watch)(std::function<std::size_t()> choices) = nullptr;

    /// Returns how many answers a decoded request body asks for, without mapping it; 1 where it cannot be
    /// told.
    std::size_t (*expected_choices)(std::string_view body) = nullptr;

    /// Tells whether a decoded request body asks for an answer in the background, without mapping it. Null
    /// where there are none.
    bool (*asks_in_background)(std::string_view body) = nullptr;
};

/// Returns every API that is known.
std::span<const api> apis() noexcept;

/// Returns the API that a method and a path (with or without query, any prefix such as /v1, slashes at its
/// end) speak, or nullptr. The paths of each API stand in docs/mapping.md.
const api* find_api(std::string_view method, std::string_view target) noexcept;

/// Tells whether the answer to a request is a stream by its path, whatever its Content-Type calls it: an
/// array whose elements come one after the other.
bool streams_array(std::string_view method, std::string_view target);

/// Returns what the path of a target says to an API that it matches.
path_facts facts_of(const api& spoken, std::string_view target);

/// Maps a request with what its path says: the model where the body names none, and whether the answer is a
/// stream. `path` comes from facts_of(). Fill `out` as api::map_request does.
map_error map_request(const api& spoken, const path_facts& path, std::string_view body,
                      const item_source& items, request& out);

}  // namespace tapes::llm
