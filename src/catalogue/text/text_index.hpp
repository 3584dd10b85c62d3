#pragma once

#include <tapes/catalogue/node_text.hpp>
#include <tapes/sqlite/connection.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::catalogue {

/// When a generation of the index is full.
struct generation_limits {
    std::int64_t nodes = 500'000;
    std::int64_t bytes = 512LL << 20;  ///< of text
};

/// The text index of a catalogue: FTS5 tables without content, in generations by node id. SQLite can neither
/// remove a row from such a table without its text nor make the table anew from itself, so a generation is
/// what is made anew: by erasure, or by another extractor. On a connection of the catalogue, within
/// transactions of its user; one thread. Throws sqlite_error.
class text_index {
public:
    /// Makes the table of generations where it is missing.
    explicit text_index(sqlite::connection& db, const generation_limits& limits = {});
    text_index(const text_index&) = delete;
    text_index& operator=(const text_index&) = delete;

    /// Takes a node in; does nothing for one that is in it. Quickest in the order of ids.
    void add(std::int64_t node, const node_text& text);
    /// Takes a node out, whose text is made again of its content. Returns false where its generation was made
    /// by another extractor, so that `remake` must follow.
    bool remove(std::int64_t node, std::string_view content);
    /// Makes the generation of a node anew, without a trace of what was in it: call it with secure_delete on,
    /// and truncate the WAL afterwards. `fill` adds all nodes from `first` on and before `end` that are to
    /// stay.
    void remake(std::int64_t node,
                const std::function<void(std::int64_t first, std::int64_t end, text_index& into)>& fill);

    /// Writes what is counted; before a COMMIT.
    void flush();
    /// After a ROLLBACK.
    void forget();
    /// Takes the whole index away.
    static void drop(sqlite::connection& db);

private:
    struct generation {
        std::int64_t id = 0;
        std::int64_t first = 0;  ///< node
        std::int64_t end = 0;    ///< the first node of the next one; 0: there is none
        std::int64_t nodes = 0, bytes = 0, extractor = 0;
        bool changed = false;
    };

    void select(std::int64_t node);
    std::optional<generation> find(std::int64_t node);
    void make(std::int64_t first);
    void use(const generation& one);
    bool contains(std::int64_t node);

    sqlite::connection& db_;
    generation_limits limits_;
    sqlite::statement find_, next_, keep_, count_;
    std::optional<generation> current_;
    std::unique_ptr<sqlite::statement> insert_, contains_, delete_;  ///< of the current generation
    std::int64_t highest_ = 0;                                       ///< node in the current generation
};

}  // namespace tapes::catalogue
