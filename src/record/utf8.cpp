#include "utf8.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <utility>

namespace tapes::record {

void make_utf8(std::string& text) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return c > 0; })) {
        return;
    }
    std::string repaired;
    merkle::append_utf8(repaired, text);
    std::erase(repaired, '\0');
    text = std::move(repaired);
}

}  // namespace tapes::record
