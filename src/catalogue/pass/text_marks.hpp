#pragma once

#include "pass/content.hpp"
#include "pass/row_writer.hpp"
#include "pass/values.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// What was said in a session, by hashes: the arguments of calls, and how answers begin. So the call that
/// began a thread, or the answer that a message holds, is found without a look at all of them. They are
/// written by `flush`, or where they are asked for.
class text_marks {
public:
    explicit text_marks(sqlite::connection& db);

    void add_arguments(std::int64_t session, std::int64_t node, std::string_view input);
    void add_answer(std::int64_t session, std::int64_t node, std::string_view content);

    /// The newest node with a call that has the text as an argument; 0: none.
    std::int64_t call_with(std::int64_t session, std::string_view text);
    /// The newest node whose answer has that telling line; 0: none.
    std::int64_t answer_with(std::int64_t session, std::string_view line);

    void flush();
    /// A transaction was rolled back.
    void forget();

private:
    using mark = std::array<std::int64_t, 3>;  ///< session, hash, node

    static void write(row_writer& to, std::vector<mark>& marks);
    static std::int64_t newest(sqlite::statement& query, std::int64_t session, std::int64_t hash);

    row_writer insert_prompts_, insert_answers_;
    sqlite::statement find_prompt_, find_answer_;
    std::vector<mark> prompts_, answers_;
};

}  // namespace tapes::catalogue
