// Names of upstreams that are slow to be found.
#include "support.hpp"

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <mutex>

namespace tapes::relay::names_test {

namespace {

/// The look-up of the slow name: it ends when the test says so.
class slow_look_up {
public:
    void wait() {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, test::bound, [this] { return over_; });
    }
    void end() {
        const std::lock_guard guard{mutex_};
        over_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
};

slow_look_up look_up;

}  // namespace

/// Stands in place of the system's: one name takes long to be found.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
    if (node != nullptr && std::strcmp(node, "slow.invalid") == 0) {
        look_up.wait();
        return EAI_NONAME;
    }
    static const auto system = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return system(node, service, hints, found);
}

using namespace test;

TEST_CASE("a name that takes long to be found ends at connect_timeout, and is not waited for elsewhere") {
    running_relay relay{[](options& settings) {
        settings.upstream = "http://slow.invalid:1";
        settings.timeouts.connect = std::chrono::milliseconds{200};
    }};
    auto client = relay.connect();
    client.send(get_request);
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 504"));
    CHECK(relay.recorder.get(0).ended == capture::end_reason::timeout);
    look_up.end();  // or the relay's end would wait for it
}

}  // namespace tapes::relay::names_test
