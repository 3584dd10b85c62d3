#pragma once

#include <tapes/read/block.hpp>

#include <vector>

namespace tapes::read {

/// Moves the results among `from` to the calls of `answer` that they are of. By the call's id; results
/// without one (Ollama) belong to the first call of their tool, else to the first at all, that has none yet.
void fold_results(std::vector<block>& answer, std::vector<block>& from);

/// The same for the results of the provider's own tools, which stand in the answer itself.
void fold_own_results(std::vector<block>& answer);

}  // namespace tapes::read
