#pragma once

#include <tapes/export/form.hpp>

namespace tapes::exports {

/// Writes JSON lines for supervised fine-tuning of OpenAI's chat models: an example for each leaf of the
/// tree. An answer that several leaves share is trained once: in the further examples its weight is 0.
void write_finetune(task& given);

}  // namespace tapes::exports
