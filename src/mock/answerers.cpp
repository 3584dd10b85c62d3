#include "answers.hpp"

#include <tapes/llm/api.hpp>

#include <array>
#include <utility>

namespace tapes::mock {
namespace {

constexpr std::array<std::pair<std::string_view, answerer>, 1> answerers{{
    {"openai_chat", chat_completion},
}};

}  // namespace

answerer find_answerer(std::string_view method, std::string_view path) noexcept {
    if (const auto* const api = llm::find_api(method, path)) {
        for (const auto& [name, make] : answerers) {
            if (name == api->name) {
                return make;
            }
        }
    }
    return nullptr;
}

}  // namespace tapes::mock
