#pragma once

#include <tapes/export/form.hpp>

namespace tapes::exports {

/// Writes the body of a request that goes on from a node (the last one of a session or an exchange): what was
/// said up to it, the tools and the parameters of the request that it was recorded with. In its API's form,
/// or in that of task::api: `anthropic`, `openai-chat`, `openai-responses`.
void write_request(task& given);

}  // namespace tapes::exports
