// Text of a configuration file, and values as flags give them.
#include "fuzz.hpp"

#include <tapes/config/load.hpp>
#include <tapes/merkle/canonical.hpp>

#include <toml_text.hpp>

#include <stdexcept>
#include <string>

namespace {

using namespace tapes;
using fuzz::require;

void check_file(const std::string& text) {
    try {
        for (const auto& leaf : config::toml_leaves(text)) {
            require(leaf.begin <= leaf.end && leaf.end <= text.size(), "a value lies in the file");
        }
    } catch (const std::runtime_error&) {
        return;
    }
}

void check_string(const std::string& text) {
    try {
        const auto leaves = config::toml_leaves("key = " + config::toml_string(text) + "\n");
        require(leaves.size() == 1 && leaves[0].value.text == text, "a written string reads back");
    } catch (const std::runtime_error&) {
        require(false, "a written string is TOML");
    }
}

void check_flags(std::string_view text) {
    config::inputs from;
    from.working_directory = "/nowhere";
    from.home = "/nowhere";
    while (!text.empty()) {
        const auto line = fuzz::take_line(text);
        const auto equals = std::min(line.find('='), line.size());
        from.flags.push_back({std::string{line.substr(0, equals)},
                              std::string{line.substr(std::min(equals + 1, line.size()))}, "--set"});
    }
    try {
        (void)config::load(from);
    } catch (const config::error&) {
        return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    check_file(std::string{bytes});
    std::string repaired;
    merkle::append_utf8(repaired, bytes);
    check_string(repaired);
    check_flags(bytes);
    return 0;
}
