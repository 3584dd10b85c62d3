#pragma once

#include <tapes/export/left_out.hpp>
#include <tapes/read/sources.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>

namespace tapes::exports {

/// Makes the example of a chain, by OpenAI's rules for chat examples
/// (https://platform.openai.com/docs/guides/supervised-fine-tuning): roles system, user, assistant and tool;
/// calls are answered; the last message is the assistant's; only assistants have a weight. Null where nothing
/// of it is left to train. Adds the answers that it trains to `trained`.
nlohmann::ordered_json finetune_example(read::sources& from, std::int64_t leaf,
                                        std::set<std::int64_t>& trained, left_out& left);

}  // namespace tapes::exports
