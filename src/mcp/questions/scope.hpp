#pragma once

#include "questions/arguments.hpp"

#include <tapes/mcp/questions.hpp>
#include <tapes/read/ids.hpp>

#include <string>

namespace tapes::mcp {

/// A call as it is being answered.
struct question {
    read::sources& from;
    const read::price_table& prices;
    const question_scope& scope;
    const arguments& given;

    /// The project that the answer is limited to; "": none.
    std::string project() const;
    bool allows(const std::string& project) const;
    /// Whether the chain that ends with a node may be told.
    bool allows_chain(std::int64_t node) const;
};

/// Finds what an id means within the scope, as read::find_named does; `@` is the newest session within it.
/// Throws wrong_call where that is nothing, or several things.
read::named find_one(const question& asked, const std::string& id);
/// The same, which must be a session.
catalogue::session find_session(const question& asked, const std::string& id);

}  // namespace tapes::mcp
