#pragma once

#include "file/own_place.hpp"
#include "query/session_kinds.hpp"
#include "text/text_scan.hpp"

#include <tapes/catalogue/reader.hpp>
#include <tapes/sqlite/connection.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::catalogue {

/// A value to bind: a number, or text where it is set.
struct bound_value {
    std::int64_t number = 0;
    std::string text;
    bool is_text = false;

    bound_value(std::int64_t value) : number{value} {}
    bound_value(std::string value) : text{std::move(value)}, is_text{true} {}
};

/// The end of a query, made of what a filter chooses, with what is bound to it.
struct chosen {
    std::string where;
    std::vector<bound_value> values;

    /// Adds a condition in which `?` stands for the value.
    void add(std::string_view condition, bound_value value) {
        where.append(where.empty() ? " WHERE " : " AND ").append(condition);
        values.push_back(std::move(value));
    }
    void add(const chosen& more) {
        where.append(where.empty() ? more.where : " AND " + more.where.substr(sizeof " WHERE " - 1));
        values.insert(values.end(), more.values.begin(), more.values.end());
    }
};

class reader::impl {
public:
    explicit impl(std::string path);

    /// The connection to what stands at the path by now. What it gave out before is closed where that is
    /// another file.
    sqlite::connection& db();
    /// A prepared statement with its values bound; valid until the next call.
    sqlite::statement& query(const std::string& sql, const std::vector<bound_value>& values);
    std::string name(std::int64_t id);
    /// 0: there is no such string.
    std::int64_t id_of(const std::string& name);
    /// While one lives, the connection stays the same, also where another file has taken its place.
    class pin {
    public:
        explicit pin(impl& of) noexcept : of_{of} { ++of_.pins_; }
        ~pin() { --of_.pins_; }
        pin(const pin&) = delete;
        pin& operator=(const pin&) = delete;

    private:
        impl& of_;
    };
    /// The text index; valid until the next call of a member but `query`, `name` and `id_of`.
    text_scan& text();

    /// The kinds of sessions by now; nothing where they are very many.
    const std::vector<known_kind>* kinds();

    /// What `read` returns. Where the catalogue turns out to be damaged it is removed, so that whoever keeps
    /// it makes it anew, and open_error tells so.
    template <class Read>
    auto reading(Read&& read) {
        try {
            return read();
        } catch (const sqlite::sqlite_error& error) {
            give_up(error);
        }
    }

    std::vector<session> sessions(const std::string& rest, const std::vector<bound_value>& values);
    std::vector<thread> threads(const std::string& rest, const std::vector<bound_value>& values);
    std::vector<usage_sum> usage(const usage_parts& by, const usage_filter& filter);
    std::vector<tool_sum> tools(bool by_day, const usage_filter& filter);
    std::vector<fork> forks(std::int64_t session);
    tree_counts count_trees();
    std::vector<chain_run> runs(const std::string& rest, const std::vector<bound_value>& values);
    std::vector<std::int64_t> ids(const std::string& sql, const std::vector<bound_value>& values);

private:
    static constexpr std::size_t most_statements = 64;
    static constexpr std::size_t most_names = 16384;
    static constexpr std::size_t most_kinds = 20'000;

    void open();
    bool open_what_is_there(bool too_long);
    /// Throws open_error, or what is handled.
    [[noreturn]] void give_up(const sqlite::sqlite_error& error);
    std::vector<session> read_sessions(const std::string& rest, const std::vector<bound_value>& values);
    std::vector<thread> read_threads(const std::string& rest, const std::vector<bound_value>& values);

    std::string path_;
    file_identity identity_{};
    std::unique_ptr<sqlite::connection> db_;
    std::unordered_map<std::string, std::unique_ptr<sqlite::statement>> statements_;
    std::unordered_map<std::int64_t, std::string> names_;
    std::unique_ptr<text_scan> text_;
    std::vector<known_kind> kinds_;  ///< ascending; they are only ever added
    tree_counts counted_;
    /// How far the catalogue was (its exchanges and its nodes) when that was counted; empty: never.
    std::vector<std::int64_t> counted_at_;
    int pins_ = 0;
};

}  // namespace tapes::catalogue
