#pragma once

#include <tapes/mcp/tool.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::mcp {

/// A call that cannot be answered; `what()` is a sentence for who made it.
struct wrong_call : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The arguments of a call, which are as the schema of its tool says: types, enumerations, limits, and no
/// others.
class arguments {
public:
    /// Throws wrong_call where they are not. `values` must outlive this.
    arguments(const ordered_json& schema, const ordered_json& values);

    bool has(const char* name) const { return values_.contains(name); }
    /// "" where it is not given.
    std::string text(const char* name) const;
    std::uint64_t number(const char* name, std::uint64_t otherwise) const;
    bool flag(const char* name) const;
    std::vector<std::string> texts(const char* name) const;

private:
    const ordered_json& values_;
};

/// Schemas of arguments.
ordered_json text_schema(const std::string& about, std::size_t longest = 512);
ordered_json number_schema(const std::string& about, std::uint64_t least, std::uint64_t most,
                           std::uint64_t usual);
ordered_json flag_schema(const std::string& about);
ordered_json choice_schema(const std::string& about, const std::vector<std::string>& values);

}  // namespace tapes::mcp
