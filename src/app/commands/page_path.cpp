#include "commands/page_path.hpp"

#include <tapes/text/percent.hpp>

namespace tapes::app {

std::string page_path(const read::named& meant) {
    const auto name = text::percent_encoded(meant.name);
    switch (meant.kind) {
        case read::named_kind::session:
            return "/s/" + name;
        case read::named_kind::exchange:
            return "/x/" + name;
        default:
            return "/n/" + name;
    }
}

}  // namespace tapes::app
