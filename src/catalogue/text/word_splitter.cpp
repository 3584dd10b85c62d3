#include "text/word_splitter.hpp"

#include "text/index_words.hpp"

#include <array>
#include <exception>
#include <limits>
#include <utility>

namespace tapes::catalogue {

namespace {

struct token_taker {
    const word_splitter::take& each;
    std::size_t offset = 0;
    std::exception_ptr error{};
};

int take_token(void* to, int, const char* word, int size, int first, int end) {
    auto& taker = *static_cast<token_taker*>(to);
    try {
        taker.each({word, static_cast<std::size_t>(size)}, taker.offset + static_cast<std::size_t>(first),
                   taker.offset + static_cast<std::size_t>(end));
        return SQLITE_OK;
    } catch (...) {
        taker.error = std::current_exception();
        return SQLITE_ABORT;
    }
}

}  // namespace

fts5_api& fts5_of(sqlite::connection& db) {
    fts5_api* found = nullptr;
    sqlite::statement query{db, "SELECT fts5(?1)"};
    query.pointer(1, static_cast<void*>(&found), "fts5_api_ptr");
    query.step();
    if (found == nullptr) {
        db.fail(SQLITE_ERROR);
    }
    return *found;
}

word_splitter::word_splitter(sqlite::connection& db) : db_{db} {
    auto& api = fts5_of(db);
    void* context = nullptr;
    auto arguments = tokenizer_options;
    int code = api.xFindTokenizer(&api, index_tokenizer, &context, &functions_);
    if (code == SQLITE_OK) {
        code = functions_.xCreate(context, arguments.data(), static_cast<int>(arguments.size()), &made_);
    }
    if (code != SQLITE_OK) {
        db.fail(code);
    }
}

word_splitter::~word_splitter() {
    functions_.xDelete(made_);
}

void word_splitter::split_words(std::string_view words, const take& each) const {
    constexpr std::size_t most = std::numeric_limits<int>::max();
    token_taker to{each};
    const int code = functions_.xTokenize(made_, &to, FTS5_TOKENIZE_DOCUMENT, words.data(),
                                          static_cast<int>(std::min(words.size(), most)), take_token);
    if (to.error) {
        std::rethrow_exception(std::exchange(to.error, {}));
    }
    if (code != SQLITE_OK) {
        db_.fail(code);
    }
}

void word_splitter::split(std::string_view text, const take& each) const {
    visit_stretches(text, [&](std::size_t first, std::size_t size) {
        split_words(text.substr(first, size), [&](std::string_view word, std::size_t begin, std::size_t end) {
            each(word, first + begin, first + end);
        });
    });
}

}  // namespace tapes::catalogue
