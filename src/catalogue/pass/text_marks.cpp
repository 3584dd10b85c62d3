#include "pass/text_marks.hpp"

namespace tapes::catalogue {

text_marks::text_marks(sqlite::connection& db)
    : insert_prompt_{db, "INSERT OR IGNORE INTO prompt(session, hash, node) VALUES(?,?,?)"},
      insert_answer_{db, "INSERT OR IGNORE INTO answer(session, hash, node) VALUES(?,?,?)"},
      find_prompt_{db, "SELECT max(node) FROM prompt WHERE session = ?1 AND hash = ?2"},
      find_answer_{db, "SELECT max(node) FROM answer WHERE session = ?1 AND hash = ?2"} {}

void text_marks::add_arguments(std::int64_t session, std::int64_t node, std::string_view input) {
    for (const auto one : strings_in(input)) {
        value_binder{insert_prompt_}.integer(session).integer(hash_of_text(one)).integer(node).run();
    }
}

void text_marks::add_answer(std::int64_t session, std::int64_t node, std::string_view content) {
    if (const auto line = telling_line(content); !line.empty()) {
        value_binder{insert_answer_}.integer(session).integer(hash_of_text(line)).integer(node).run();
    }
}

std::int64_t text_marks::newest(sqlite::statement& query, std::int64_t session, std::int64_t hash) {
    const sqlite::reset_at_end guard{query};
    query.integer(1, session);
    query.integer(2, hash);
    return query.step() ? query.integer_at(0) : 0;
}

std::int64_t text_marks::call_with(std::int64_t session, std::string_view text) {
    return text.size() < least_string ? 0 : newest(find_prompt_, session, hash_of_text(text));
}

std::int64_t text_marks::answer_with(std::int64_t session, std::string_view line) {
    return newest(find_answer_, session, hash_of_text(line));
}

}  // namespace tapes::catalogue
