#pragma once

#include <tapes/record/recorder.hpp>

#include <functional>
#include <memory>

namespace tapes::record {

/// Makes the watch that recorder::watch_answer returns. `in_background` is called once, as soon as the stream
/// names an answer that is made in the background; it may be empty.
std::unique_ptr<answer_watch> make_watch(capture::exchange& running,
                                         std::function<void()> in_background = {});

}  // namespace tapes::record
