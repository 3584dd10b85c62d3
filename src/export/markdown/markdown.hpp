#pragma once

#include <tapes/export/form.hpp>

namespace tapes::exports {

/// Writes a transcript that is read as text and by whatever shows Markdown (CommonMark 0.31 with GitHub's
/// `<details>`). What somebody has said stands in block quotes and fences that it cannot leave; no HTML, link
/// or image of the record is live.
void write_markdown(task& given);

}  // namespace tapes::exports
