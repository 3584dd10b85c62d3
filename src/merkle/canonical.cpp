#include "tree.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/text/work_meter.hpp>

namespace tapes::merkle {

canonical_error canonicalize(std::string_view json, std::string& out, bool* exact) {
    text::count_work(json.size());
    const auto before = out.size();
    std::string repaired;
    if (!text::valid_utf8(json)) {
        append_utf8(repaired, json);
        json = repaired;
    }
    tree parsed;
    const canonical_error failed = parsed.parse(json);
    if (failed == canonical_error::none) {
        parsed.write(0, out);
        text::count_work(out.size() - before);
        if (exact != nullptr) {
            *exact = parsed.exact();
        }
    }
    return failed;
}

}  // namespace tapes::merkle
