#pragma once

#include <tapes/record/recorder.hpp>

#include <memory>

namespace tapes::record {

/// See recorder::watch_answer.
std::unique_ptr<answer_watch> make_watch(capture::exchange& running);

}  // namespace tapes::record
