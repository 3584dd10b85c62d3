// An exported page that is read back: whatever pieces it comes in, the same nodes, or the same fault.
#include "fuzz.hpp"

#include <tapes/export/page_reader.hpp>
#include <tapes/merkle/digest.hpp>

#include <string>

namespace {

using namespace tapes;

std::string outcome(std::string_view page, std::size_t piece) {
    std::string made;
    exports::page_reader reader{[&made](exports::page_node&& node) {
        made += merkle::to_hex(node.value) + node.role + node.content;
        if (node.whole) {
            const auto hash = merkle::hash_stored(std::nullopt, node.identity, node.role, node.content);
            fuzz::require(node.parent || hash == node.value, "a root that is whole is proved");
        }
    }};
    try {
        for (std::size_t at = 0; at < page.size(); at += piece) {
            reader.feed(page.substr(at, piece));
        }
        reader.end();
    } catch (const exports::page_fault& fault) {
        made += fault.what();
    }
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto page = fuzz::text_of(data, size);
    fuzz::require(outcome(page, std::max<std::size_t>(page.size(), 1)) == outcome(page, 3),
                  "pieces make no difference");
    return 0;
}
