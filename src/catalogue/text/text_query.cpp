#include "text/text_query.hpp"

#include "text/index_words.hpp"

#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <vector>

namespace tapes::catalogue {

namespace {

constexpr std::string_view query_space = " \t\r\n\f\v";

/// A term of a query, from its first character on.
struct query_term {
    std::string_view text;
    bool excluded = false;
    bool is_beginning = false;  ///< `word*`
    bool quoted = false;

    /// Whether there may be a letter or a digit in it.
    bool says_something() const {
        return std::any_of(text.begin(), text.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   static_cast<unsigned char>(c) > 0x7F;
        });
    }
    bool is_or() const { return text == "OR" && !quoted && !excluded && !is_beginning; }
};

class query_scanner {
public:
    explicit query_scanner(std::string_view rest) : rest_{rest} {}

    bool next(query_term& term) {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(query_space), rest_.size()));
        if (rest_.empty()) {
            return false;
        }
        term = {};
        if (rest_.front() == '-' && rest_.size() > 1 && rest_[1] != '-') {
            term.excluded = true;
            rest_.remove_prefix(1);
        }
        rest_.front() == '"' ? take_quoted(term) : take_plain(term);
        return true;
    }

private:
    void take_quoted(query_term& term) {
        term.quoted = true;
        rest_.remove_prefix(1);
        const auto end = std::min(rest_.find('"'), rest_.size());
        term.text = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (rest_.starts_with('*')) {
            term.is_beginning = true;
            rest_.remove_prefix(1);
        }
    }

    void take_plain(query_term& term) {
        const auto end = std::min(rest_.find_first_of(query_space), rest_.size());
        term.text = rest_.substr(0, end);
        rest_.remove_prefix(end);
        while (term.text.ends_with('*')) {
            term.is_beginning = true;
            term.text.remove_suffix(1);
        }
    }

    std::string_view rest_;
};

/// A phrase of FTS5; quotes within are doubled.
std::string phrase_of(const query_term& term) {
    std::string valid;
    text::append_utf8(valid, term.text);
    std::string words;
    const bool is_beginning = append_term(words, valid);
    std::string phrase = "\"";
    for (const char c : words) {
        phrase += c == '"' ? "\"\"" : std::string(1, c == '\0' ? ' ' : c);
    }
    return phrase + (term.is_beginning || is_beginning ? "\" *" : "\"");
}

struct alternative {
    std::vector<std::string> wanted, excluded;

    bool empty() const { return wanted.empty() && excluded.empty(); }
    std::string match() const {
        std::string all = "(";
        for (const auto& one : wanted) {
            // Not AND, with which a phrase that has no word of the index, such as 😀, finds nothing.
            all += (all.size() > 1 ? " " : "") + one;
        }
        all += ')';
        for (const auto& one : excluded) {
            all.insert(0, 1, '(');
            all += " NOT " + one + ')';
        }
        return all;
    }
};

}  // namespace

text_query read_text_query(std::string_view typed) {
    text_query nothing{
        "", "the query names no word that is to be there; write one, such as error, or error -test"};
    if (typed.size() > most_query_bytes) {
        return {"", "the query is longer than " + std::to_string(most_query_bytes) + " bytes"};
    }
    std::vector<alternative> alternatives(1);
    std::size_t terms = 0;
    query_term term;
    for (query_scanner scanner{typed}; scanner.next(term);) {
        if (term.is_or()) {
            alternatives.emplace_back();
        } else if (term.says_something()) {
            if (++terms > most_query_terms) {
                return {"", "the query has more than " + std::to_string(most_query_terms) + " terms"};
            }
            auto& to = alternatives.back();
            (term.excluded ? to.excluded : to.wanted).push_back(phrase_of(term));
        }
    }
    std::erase_if(alternatives, [](const alternative& one) { return one.empty(); });
    std::string match;
    for (const auto& one : alternatives) {
        if (one.wanted.empty()) {
            return nothing;
        }
        match += (match.empty() ? "" : " OR ") + one.match();
    }
    return match.empty() ? nothing : text_query{std::move(match), ""};
}

}  // namespace tapes::catalogue
