#pragma once

#include <tapes/record/recorder.hpp>

#include <memory>

namespace tapes::record {

/// Makes the watch that recorder::watch_answer returns.
std::unique_ptr<answer_watch> make_watch(capture::exchange& running);

}  // namespace tapes::record
