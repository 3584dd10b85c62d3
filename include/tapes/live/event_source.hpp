#pragma once

#include <tapes/live/event.hpp>
#include <tapes/read/prices.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::live {

/// How much is read at a time.
struct batch_limits {
    std::size_t events = 256;
    std::uint64_t bytes = std::uint64_t{1} << 20;  ///< of their JSON, about
};

/// Events that were read, and how far.
struct event_batch {
    std::vector<event_pointer> events;
    place reached;
};

/// Where events are read from.
struct source_options {
    std::string store_path;
    std::string catalogue_path;                 ///< "": there is none; a file that is not there yet may come
    const read::price_table* prices = nullptr;  ///< outlives the source
};

/// Tells whether a text has the form of an event's id, or is the number of a row.
bool is_event_id(std::string_view text);

/// Makes events of the log of a store, which another thread or process may write. One thread at a time; holds
/// no read transaction between calls. Throws store::open_error, and std::runtime_error with SQLite's message.
class event_source {
public:
    explicit event_source(source_options options);
    ~event_source();
    event_source(const event_source&) = delete;
    event_source& operator=(const event_source&) = delete;

    /// Returns the place behind the last row.
    place end();
    /// Returns the text that names a place. It holds the row's number, and tells this log from another that
    /// has a row of that number, too.
    std::string id_of(const place& at);
    /// Returns the place that such a text, or the mere number of a row, names; nothing where this log has no
    /// such place: it is another one, or was cut, or the text is malformed.
    std::optional<place> find(std::string_view id);

    /// Reads events behind a place, in order: of a row its nodes, then its exchange. Those of nodes only with
    /// `nodes`. What is reached is `after` only at the end of the log.
    event_batch read(const place& after, bool nodes, const batch_limits& limits = {});
    /// Reads the events of the newest exchanges up to `until` that are chosen, the oldest first. Looks at no
    /// more than `most_rows` rows.
    std::vector<event_pointer> newest(std::size_t most, const event_filter& filter, const place& until,
                                      std::size_t most_rows = 100'000);

    /// Returns a number that changes with each commit of another connection.
    std::int64_t version();
    /// Whether another file stands at the store's path by now. Then this source is of no use any more.
    bool replaced() const;
    /// Counts of the store, as JSON: those of the event `state`.
    std::string counts_json();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::live
