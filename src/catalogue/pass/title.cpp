#include "pass/title.hpp"

#include "pass/content.hpp"

#include <tapes/llm/typed_text.hpp>
#include <tapes/merkle/content.hpp>
#include <tapes/text/json_string.hpp>

#include <utility>
#include <vector>

namespace tapes::catalogue {

std::string title_of(std::string_view content) {
    std::vector<merkle::block> blocks;
    for (const auto said : texts_in(content)) {
        merkle::block block;
        block.type = "text";
        block.text = text::json_unescaped(said);
        blocks.push_back(std::move(block));
    }
    return llm::title_of(blocks);
}

}  // namespace tapes::catalogue
