#pragma once

#include <string>
#include <string_view>

namespace tapes::read {

/// Returns the name of a model as its maker writes it, in small letters, without what gateways and clouds put
/// around it; a name that none of these rules knows stays as it is. In this order:
///
/// - `arn:aws:bedrock:…/NAME` is NAME;
/// - leading segments of these names go, with their `/`: `anthropic`, `openai`, `azure`, `azure_ai`,
///   `bedrock`, `converse`, `invoke`, `vertex`, `vertex_ai`, `publishers`, `models`, `openrouter`,
///   `litellm_proxy`;
/// - of Amazon Bedrock a region (`us.`, `eu.`, `global.`, …) before `anthropic.` or `openai.`, that maker,
/// and
///   a version at the end (`-v1`, `-v1:0`);
/// - of Google Vertex AI `@20250929` becomes `-20250929`, and `@default` goes;
/// - of Claude Code `[1m]` at the end;
/// - in names that begin with `claude-`, a dot between two digits becomes `-` (OpenRouter, GitHub).
std::string plain_model_name(std::string_view name);

/// Returns true where `pattern` stands for the whole of `name`; `*` stands for any characters, also for none.
bool model_matches(std::string_view pattern, std::string_view name) noexcept;

}  // namespace tapes::read
