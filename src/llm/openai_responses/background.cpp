// Where a response is made, read without a tree: the response of an event holds all of the request's tools.
#include "openai_responses/background.hpp"

#include "openai_responses/api.hpp"

#include <tapes/text/json_view.hpp>

namespace tapes::llm::openai_responses {

making making_of(std::string_view event) {
    const auto response = text::json_view{event}["response"];
    const auto id = response["id"];
    if (!id.is_string() || id.raw() == R"("")") {
        return making::untold;
    }
    const auto told = response["background"].raw();
    return told == "true" ? making::in_background : told == "false" ? making::foreground : making::named_only;
}

bool asks_in_background(std::string_view body) {
    return body.find(R"("background")") != std::string_view::npos &&
           text::json_view{body}["background"].raw() == "true";
}

}  // namespace tapes::llm::openai_responses
