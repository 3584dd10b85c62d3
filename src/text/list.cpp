#include <tapes/text/list.hpp>

namespace tapes::text {

std::string comma_list(const std::vector<std::string>& parts) {
    std::string joined;
    for (const auto& part : parts) {
        joined.append(joined.empty() ? "" : ",").append(part);
    }
    return joined;
}

}  // namespace tapes::text
