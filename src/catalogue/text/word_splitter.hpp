#pragma once

#include <tapes/sqlite/connection.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

namespace tapes::catalogue {

/// The tokenizer of the index and its options. Marks are parts of words: Devanagari and others write vowels
/// with them.
inline constexpr const char* index_tokenizer = "unicode61";
inline constexpr std::array<const char*, 4> tokenizer_options{"remove_diacritics", "2", "categories",
                                                              "L* N* Co M*"};

/// The API of FTS5 on a connection. Throws sqlite_error where SQLite was built without it.
fts5_api& fts5_of(sqlite::connection& db);

/// Splits text into words as the index does, by FTS5's own tokenizer. Lives as long as the connection.
class word_splitter {
public:
    explicit word_splitter(sqlite::connection& db);
    ~word_splitter();
    word_splitter(const word_splitter&) = delete;
    word_splitter& operator=(const word_splitter&) = delete;

    /// Takes a word as it stands in the index, and the bytes of the text that it comes from.
    using take = std::function<void(std::string_view word, std::size_t first, std::size_t end)>;
    /// Splits text as it came from a node.
    void split(std::string_view text, const take& each) const;
    /// Splits what was written for the index already.
    void split_words(std::string_view words, const take& each) const;

private:
    sqlite::connection& db_;
    fts5_tokenizer functions_{};
    Fts5Tokenizer* made_ = nullptr;
};

}  // namespace tapes::catalogue
