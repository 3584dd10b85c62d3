#include "write_all.hpp"

#include "slow_write.hpp"

#include <string>

namespace tapes::relay {

asio::awaitable<bool> write_all(channel& peer, std::string_view bytes, watchdog::watched& owner,
                                std::chrono::milliseconds stall, const interruption& stop) {
    auto put = peer.write(bytes);
    if (put.status == io::ok && put.bytes == bytes.size()) {
        co_return true;
    }
    std::string rest{bytes.substr(put.status == io::ok ? put.bytes : 0)};
    std::string_view left{rest};
    slow_write waiting{peer, owner, stall};
    while (!left.empty()) {
        if (put.status == io::end || put.status == io::broken || stop.any()) {
            co_return false;
        }
        waiting.begin();
        const auto direction = put.status == io::ok ? io::wait_writable : put.status;
        const bool ready = co_await peer.wait(direction);
        if (!ready || stop.any()) {
            co_return false;
        }
        put = peer.write(left);
        if (put.status == io::ok) {
            left.remove_prefix(put.bytes);
        }
    }
    owner.clear_deadline();
    co_return true;
}

}  // namespace tapes::relay
