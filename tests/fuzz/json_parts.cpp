// JSON without a tree: elements of a large file, and members of a value, against another parser.
#include "fuzz.hpp"

#include <tapes/text/json_elements.hpp>
#include <tapes/text/json_view.hpp>
#include <tapes/text/ordered_json.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace {

using namespace tapes;
using fuzz::require;

std::vector<std::string> elements_of(std::string_view bytes, std::size_t step, bool& complete) {
    std::vector<std::string> found;
    text::json_elements elements{{"log", "entries"}, 64, [&](const text::json_elements::element& one) {
                                     require(one.text.size() <= 64, "what is held is bounded");
                                     require(!one.too_long || one.text.empty(),
                                             "what is too long is not held");
                                     found.push_back(one.too_long ? "too long" : one.text);
                                 }};
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        elements.feed(bytes.substr(at, step));
    }
    complete = elements.complete();
    return found;
}

void check_elements(std::string_view bytes) {
    bool whole = false;
    const auto all = elements_of(bytes, bytes.size() + 1, whole);
    for (const std::size_t step : {1, 3}) {
        bool complete = false;
        require(elements_of(bytes, step, complete) == all && complete == whole, "the same in any split");
    }
    const auto tree = nlohmann::json::parse(bytes, nullptr, false);
    const auto log = tree.is_object() ? tree.find("log") : tree.end();
    const bool there = tree.is_object() && log != tree.end() && log->is_object() &&
                       log->contains("entries") && (*log)["entries"].is_array();
    // Of members that are there twice a parser takes the last, and escaped names are none of these here.
    const bool plain = bytes.find('\\') == std::string_view::npos &&
                       bytes.find("\"log\"") == bytes.rfind("\"log\"") &&
                       bytes.find("\"entries\"") == bytes.rfind("\"entries\"");
    if (there && plain) {
        require(whole && all.size() == (*log)["entries"].size(), "each element is found");
    }
}

void check_view(std::string_view bytes) {
    const text::json_view view{bytes};
    std::size_t count = 0;
    view.each([&count](text::json_view) { return ++count < 10'000; });
    const auto tree = nlohmann::json::parse(bytes, nullptr, false);
    if (tree.is_discarded()) {
        return;
    }
    if (tree.is_structured()) {
        require(text::is_one_value(bytes), "what a parser takes is one value");
    }
    if (tree.is_array()) {
        require(count == tree.size(), "as many elements");
    }
    if (tree.is_object()) {
        for (const auto& [name, value] : tree.items()) {
            const auto member = view[name];
            require(nlohmann::json::parse(member.raw(), nullptr, false) == value, "the same member");
            if (value.is_string()) {
                require(member.string() == value.get<std::string>(), "the same text");
            }
        }
    }
}

void check_tree(std::string_view bytes) {
    const auto expected = nlohmann::ordered_json::parse(bytes, nullptr, false);
    const auto made = text::parsed_json(bytes);
    require(made.is_discarded() == expected.is_discarded(), "what one parser takes the other takes");
    require(made.is_discarded() || made == expected, "the same value");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    if (bytes.find('\0') != std::string_view::npos) {
        return 0;  // the other parser ends there
    }
    check_elements(bytes);
    check_view(bytes);
    check_tree(bytes);
    return 0;
}
