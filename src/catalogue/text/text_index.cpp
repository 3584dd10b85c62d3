#include "text/text_index.hpp"

#include "text/index_words.hpp"
#include "text/text_tables.hpp"
#include "text/word_splitter.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace tapes::catalogue {

namespace {

/// The parts of a node as the index has them.
class indexed_text {
public:
    explicit indexed_text(const node_text& text) {
        const std::array parts{&text.text, &text.tool_arguments, &text.tool_results, &text.thinking};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            append_words(words_[i], *parts[i]);
        }
    }

    /// Binds them from the parameter `first` on; they must live until the statement is reset.
    void bind(sqlite::statement& to, int first) const {
        for (const auto& one : words_) {
            to.optional_text(first++, one);
        }
    }

private:
    std::array<std::string, 4> words_;
};

sqlite::connection& with_table(sqlite::connection& db) {
    db.exec(
        "CREATE TABLE IF NOT EXISTS text_generation (id INTEGER PRIMARY KEY,"
        " first_node INTEGER NOT NULL UNIQUE, nodes INTEGER NOT NULL, bytes INTEGER NOT NULL,"
        " extractor INTEGER NOT NULL)");
    return db;
}

std::int64_t bytes_of(const node_text& text) {
    return static_cast<std::int64_t>(text.text.size() + text.tool_arguments.size() +
                                     text.tool_results.size() + text.thinking.size());
}

}  // namespace

text_index::text_index(sqlite::connection& db, const generation_limits& limits)
    : db_{with_table(db)},
      limits_{limits},
      find_{db,
            "SELECT id, first_node, nodes, bytes, extractor FROM text_generation"
            " WHERE first_node <= ?1 ORDER BY first_node DESC LIMIT 1"},
      next_{db, "SELECT first_node FROM text_generation WHERE first_node > ?1 ORDER BY first_node LIMIT 1"},
      keep_{db, "INSERT INTO text_generation(first_node, nodes, bytes, extractor) VALUES(?1, 0, 0, ?2)"},
      count_{db, "UPDATE text_generation SET nodes = ?2, bytes = ?3 WHERE id = ?1"} {}

void text_index::add(std::int64_t node, const node_text& text) {
    if (text.empty()) {
        return;
    }
    select(node);
    if (node <= highest_ && contains(node)) {
        return;
    }
    const indexed_text words{text};
    const sqlite::reset_at_end guard{*insert_};
    insert_->integer(1, node);
    words.bind(*insert_, 2);
    insert_->run();
    highest_ = std::max(highest_, node);
    ++current_->nodes;
    current_->bytes += bytes_of(text);
    current_->changed = true;
}

bool text_index::remove(std::int64_t node, std::string_view content) {
    const auto its = find(node);
    if (!its) {
        return true;
    }
    use(*its);
    if (!contains(node)) {
        return true;
    }
    if (current_->extractor != extractor_version) {
        return false;
    }
    const auto text = node_text_of(content);
    const indexed_text words{text};
    const sqlite::reset_at_end guard{*delete_};
    delete_->integer(1, node);
    words.bind(*delete_, 2);
    delete_->run();
    --current_->nodes;
    current_->bytes -= bytes_of(text);
    current_->changed = true;
    return true;
}

void text_index::remake(std::int64_t node,
                        const std::function<void(std::int64_t, std::int64_t, text_index&)>& fill) {
    flush();
    const auto old = find(node);
    if (!old) {
        return;
    }
    forget();
    db_.exec("DROP TABLE " + text_table(old->id) +
             "; DELETE FROM text_generation WHERE id = " + std::to_string(old->id));
    make(old->first);
    const auto end = old->end == 0 ? std::numeric_limits<std::int64_t>::max() : old->end;
    fill(old->first, end, *this);
    flush();
}

void text_index::flush() {
    if (current_ && current_->changed) {
        count_.integer(1, current_->id);
        count_.integer(2, current_->nodes);
        count_.integer(3, current_->bytes);
        count_.run();
        current_->changed = false;
    }
}

void text_index::forget() {
    current_.reset();
    insert_.reset();
    contains_.reset();
    delete_.reset();
}

void text_index::drop(sqlite::connection& db) {
    std::vector<std::int64_t> all;
    {
        with_table(db);
        sqlite::statement list{db, "SELECT id FROM text_generation"};
        while (list.step()) {
            all.push_back(list.integer_at(0));
        }
    }
    for (const auto id : all) {
        db.exec("DROP TABLE IF EXISTS " + text_table(id));
    }
    db.exec("DROP TABLE text_generation");
}

/// Makes the generation that takes `node` the current one.
void text_index::select(std::int64_t node) {
    if (!current_ || node < current_->first || (current_->end != 0 && node >= current_->end)) {
        const auto its = find(node);
        if (its) {
            use(*its);
        }
        if (!its) {
            make(node);
            return;
        }
    }
    const bool full = current_->nodes >= limits_.nodes || current_->bytes >= limits_.bytes ||
                      current_->extractor != extractor_version;
    if (full && current_->end == 0 && node > highest_) {
        make(node);
    }
}

std::optional<text_index::generation> text_index::find(std::int64_t node) {
    flush();
    const sqlite::reset_at_end guard{find_};
    const sqlite::reset_at_end next_guard{next_};
    find_.integer(1, node);
    if (!find_.step()) {
        return std::nullopt;
    }
    generation found;
    found.id = find_.integer_at(0);
    found.first = find_.integer_at(1);
    found.nodes = find_.integer_at(2);
    found.bytes = find_.integer_at(3);
    found.extractor = find_.integer_at(4);
    next_.integer(1, found.first);
    found.end = next_.step() ? next_.integer_at(0) : 0;
    return found;
}

void text_index::make(std::int64_t first) {
    flush();
    keep_.integer(1, first);
    keep_.integer(2, extractor_version);
    keep_.run();
    const auto id = sqlite3_last_insert_rowid(db_.handle());
    std::string tokenizer = index_tokenizer;
    for (const auto* const option : tokenizer_options) {
        tokenizer.append(" '").append(option).append("'");
    }
    db_.exec("CREATE VIRTUAL TABLE " + text_table(id) +
             " USING fts5(text, tool_arguments, tool_results, thinking, content='', tokenize=\"" + tokenizer +
             "\")");
    // Bytes that are gathered before a segment is written: small ones are merged again and again.
    db_.exec("INSERT INTO " + text_table(id) + "(" + text_table(id) + ", rank) VALUES('hashsize', 16777216)");
    const auto made = find(first);
    if (made) {
        use(*made);
    }
}

void text_index::use(const generation& one) {
    if (current_ && current_->id == one.id && insert_) {
        current_->end = one.end;
        return;
    }
    flush();
    current_ = one;
    const auto table = text_table(one.id);
    const std::string values = ", text, tool_arguments, tool_results, thinking) VALUES(";
    insert_ = std::make_unique<sqlite::statement>(
        db_, "INSERT INTO " + table + "(rowid" + values + "?1, ?2, ?3, ?4, ?5)");
    delete_ = std::make_unique<sqlite::statement>(
        db_, "INSERT INTO " + table + "(" + table + ", rowid" + values + "'delete', ?1, ?2, ?3, ?4, ?5)");
    contains_ = std::make_unique<sqlite::statement>(db_, "SELECT 1 FROM " + table + "_docsize WHERE id = ?1");
    sqlite::statement last{db_, "SELECT id FROM " + table + "_docsize ORDER BY id DESC LIMIT 1"};
    highest_ = last.step() ? last.integer_at(0) : 0;
}

bool text_index::contains(std::int64_t node) {
    const sqlite::reset_at_end guard{*contains_};
    contains_->integer(1, node);
    return contains_->step();
}

}  // namespace tapes::catalogue
