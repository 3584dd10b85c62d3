#pragma once

#include <string>
#include <vector>

namespace tapes::app {

/// "a,b,c"
inline std::string comma_list(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        all.append(all.empty() ? "" : ",").append(part);
    }
    return all;
}

}  // namespace tapes::app
