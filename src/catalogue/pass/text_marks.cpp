#include "pass/text_marks.hpp"

#include <algorithm>

namespace tapes::catalogue {

namespace {

constexpr int mark_columns = 3;

}  // namespace

text_marks::text_marks(sqlite::connection& db)
    : insert_prompts_{db, "INSERT OR IGNORE INTO prompt(session, hash, node)", mark_columns},
      insert_answers_{db, "INSERT OR IGNORE INTO answer(session, hash, node)", mark_columns},
      find_prompt_{db, "SELECT max(node) FROM prompt WHERE session = ?1 AND hash = ?2"},
      find_answer_{db, "SELECT max(node) FROM answer WHERE session = ?1 AND hash = ?2"} {}

void text_marks::add_arguments(std::int64_t session, std::int64_t node, std::string_view input) {
    for (const auto one : strings_in(input)) {
        prompts_.push_back({session, hash_of_text(one), node});
    }
}

void text_marks::add_answer(std::int64_t session, std::int64_t node, std::string_view content) {
    if (const auto line = telling_line(content); !line.empty()) {
        answers_.push_back({session, hash_of_text(line), node});
    }
}

void text_marks::flush() {
    write(insert_prompts_, prompts_);
    write(insert_answers_, answers_);
}

void text_marks::forget() {
    prompts_.clear();
    answers_.clear();
}

void text_marks::write(row_writer& to, std::vector<mark>& marks) {
    std::ranges::sort(marks);
    to.write(marks, [](value_binder& row, const mark& one) {
        for (const auto part : one) {
            row.integer(part);
        }
    });
    marks.clear();
}

std::int64_t text_marks::newest(sqlite::statement& query, std::int64_t session, std::int64_t hash) {
    const sqlite::reset_at_end guard{query};
    query.integer(1, session);
    query.integer(2, hash);
    return query.step() ? query.integer_at(0) : 0;
}

std::int64_t text_marks::call_with(std::int64_t session, std::string_view text) {
    if (text.size() < least_string) {
        return 0;
    }
    write(insert_prompts_, prompts_);
    return newest(find_prompt_, session, hash_of_text(text));
}

std::int64_t text_marks::answer_with(std::int64_t session, std::string_view line) {
    write(insert_answers_, answers_);
    return newest(find_answer_, session, hash_of_text(line));
}

}  // namespace tapes::catalogue
