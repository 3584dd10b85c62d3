#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

namespace tapes::test {

/// Explains a statement, and returns what is wrong with its plan, "" where it is sound. One with parameters
/// pages or looks up by key: it may go through no whole table, or what it costs grows with the store, and it
/// may not sort all that is there for a page. Exempt are statements that are bounded in another way, or that
/// a person asks for now and then; each stands in a table with its reason.
std::string problem_of_plan(sqlite3* db, std::string_view sql);

}  // namespace tapes::test
