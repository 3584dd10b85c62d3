#pragma once

#include "support.hpp"

namespace tapes::llm::test {

inline const tested_api chat{"/v1/chat/completions"};
inline const tested_api responses{"/v1/responses"};
inline const tested_api messages{"/v1/messages"};
inline const tested_api ollama{"/api/chat"};
inline const tested_api generate{"/api/generate"};
inline const tested_api gemini{"/v1beta/models/m:generateContent"};

}  // namespace tapes::llm::test
