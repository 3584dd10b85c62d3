#include "io_lane.hpp"

#include <boost/asio/post.hpp>

namespace tapes::relay {

void io_lane::deliver(std::vector<std::shared_ptr<capture::receipt>> settled) {
    const sync::lock_guard lock{mutex_};
    if (context_ == nullptr) {
        return;
    }
    boost::asio::post(*context_, [settled = std::move(settled)] {
        for (const auto& one : settled) {
            one->settled();
        }
    });
}

void io_lane::close() noexcept {
    const sync::lock_guard lock{mutex_};
    context_ = nullptr;
}

}  // namespace tapes::relay
