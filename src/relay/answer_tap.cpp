#include "answer_tap.hpp"

namespace tapes::relay {

void answer_tap::pass(std::string_view bytes) noexcept {
    const auto round = to_->round();
    if (copy_ && copy_->round() == round) {
        copy_->feed(bytes);
    } else if (refused_ != round) {
        copy_ = to_->begin(*running_);
        refused_ = copy_ ? 0 : round;
    }
}

}  // namespace tapes::relay
