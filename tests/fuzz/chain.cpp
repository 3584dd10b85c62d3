// Blocks of any text make nodes whose rows give their hashes again. A line is a field's letter and its text;
// an empty line begins another block. And stored content of any text has a hash that does not depend on its
// form, or none.
#include "storable.hpp"

#include <utility>

namespace {

using namespace tapes;
using fuzz::require;

std::string merkle::block::*field_named(char letter) {
    using merkle::block;
    constexpr std::pair<char, std::string block::*> fields[] = {
        {'T', &block::type},         {'t', &block::text},       {'u', &block::image_url},
        {'b', &block::image_base64}, {'m', &block::media_type}, {'i', &block::tool_use_id},
        {'n', &block::tool_name},    {'a', &block::tool_input}, {'r', &block::tool_result_id},
        {'o', &block::tool_output},  {'h', &block::thinking},   {'s', &block::signature},
        {'f', &block::refusal},      {'N', &block::name},       {'w', &block::raw}};
    for (const auto& [known, member] : fields) {
        if (known == letter) {
            return member;
        }
    }
    return nullptr;
}

merkle::message read(std::string_view bytes) {
    merkle::message said{std::string{fuzz::take_line(bytes)}, {}};
    bool open = false;
    while (!bytes.empty()) {
        const auto line = fuzz::take_line(bytes);
        if (line.empty()) {
            open = false;
            continue;
        }
        if (!open) {
            said.content.emplace_back();
            open = true;
        }
        if (const auto member = field_named(line.front())) {
            said.content.back().*member = line.substr(1);
        }
        said.content.back().is_error = line.front() == 'E';
        said.content.back().dropped_by_clients = line.front() == 'd';
    }
    return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    auto said = read(bytes);
    std::string role;
    merkle::append_utf8(role, said.role);
    said.role = role;
    fuzz::require_storable(said);

    const merkle::identity identity{"model", "provider", ""};
    const auto stored = merkle::hash_stored({}, identity, "user", bytes);
    std::string canonical;
    if (stored && merkle::canonicalize(bytes, canonical) == merkle::canonical_error::none) {
        require(merkle::hash_stored({}, identity, "user", canonical) == stored,
                "the form of stored content does not matter");
    }
    return 0;
}
