// Names of upstreams that are slow to be found.
#include "support.hpp"

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <netdb.h>

#include <cstring>
#include <thread>

namespace tapes::relay::names_test {

namespace {

constexpr auto slowness = std::chrono::seconds{3};

}  // namespace

/// In place of the system's: one name takes long.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
    if (node != nullptr && std::strcmp(node, "slow.invalid") == 0) {
        std::this_thread::sleep_for(slowness);
        return EAI_NONAME;
    }
    static const auto system = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return system(node, service, hints, found);
}

namespace tapes::relay {

using namespace test;

TEST_CASE("a name that takes long to be found ends at connect_timeout, and is not waited for elsewhere") {
    running_relay relay{[](options& settings) {
        settings.upstream = "http://slow.invalid:1";
        settings.timeouts.connect = std::chrono::milliseconds{200};
    }};
    const auto begin = std::chrono::steady_clock::now();
    auto client = relay.connect();
    client.send(get_request);
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 504"));
    CHECK(std::chrono::steady_clock::now() - begin < slowness);
    CHECK(relay.recorder.get(0).ended == capture::end_reason::timeout);
}

}  // namespace tapes::relay

}  // namespace tapes::relay::names_test
