#include "text/index_words.hpp"

#include <tapes/catalogue/text_query.hpp>
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

text_phrase phrase_of(const query_term& term, std::size_t alternative) {
    std::string valid;
    text::append_utf8(valid, term.text);
    text_phrase made;
    made.is_beginning = append_term(made.words, valid) || term.is_beginning;
    made.excluded = term.excluded;
    made.alternative = alternative;
    std::ranges::replace(made.words, '\0', ' ');
    return made;
}

/// `phrases` are those of one alternative, the wanted ones first.
std::string match_of(const std::vector<text_phrase>& phrases) {
    std::string all = "(";
    for (const auto& one : phrases) {
        // Not AND, with which a phrase that has no word of the index, such as 😀, finds nothing.
        all += one.excluded ? "" : (all.size() > 1 ? " " : "") + phrase_match(one);
    }
    all += ')';
    for (const auto& one : phrases) {
        if (one.excluded) {
            all.insert(0, 1, '(');
            all += " NOT " + phrase_match(one) + ')';
        }
    }
    return all;
}

}  // namespace

std::string phrase_match(const text_phrase& phrase) {
    std::string made = "\"";
    for (const char c : phrase.words) {
        // FTS5's own escape of a quote.
        made += c == '"' ? "\"\"" : std::string(1, c);
    }
    return made + (phrase.is_beginning ? "\" *" : "\"");
}

text_query read_text_query(std::string_view typed) {
    text_query nothing{
        "", "the query names no word that is to be there; write one, such as error, or error -test", {}};
    if (typed.size() > most_query_bytes) {
        return {"", "the query is longer than " + std::to_string(most_query_bytes) + " bytes", {}};
    }
    std::vector<std::vector<text_phrase>> alternatives(1);
    std::size_t terms = 0;
    query_term term;
    for (query_scanner scanner{typed}; scanner.next(term);) {
        if (term.is_or()) {
            if (!alternatives.back().empty()) {
                alternatives.emplace_back();
            }
        } else if (term.says_something()) {
            if (++terms > most_query_terms) {
                return {"", "the query has more than " + std::to_string(most_query_terms) + " terms", {}};
            }
            alternatives.back().push_back(phrase_of(term, alternatives.size() - 1));
        }
    }
    if (alternatives.back().empty()) {
        alternatives.pop_back();
    }
    text_query made;
    for (auto& one : alternatives) {
        std::ranges::stable_partition(one, [](const text_phrase& phrase) { return !phrase.excluded; });
        if (one.front().excluded) {
            return nothing;
        }
        made.match += (made.match.empty() ? "" : " OR ") + match_of(one);
        made.phrases.insert(made.phrases.end(), one.begin(), one.end());
    }
    return made.match.empty() ? nothing : made;
}

}  // namespace tapes::catalogue
