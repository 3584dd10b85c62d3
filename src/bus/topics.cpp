#include <tapes/bus/topics.hpp>

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

namespace tapes::bus {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

milliseconds left(steady_clock::time_point deadline) {
    const auto rest = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return std::max(rest, milliseconds(500));
}

/// Why the topic is not there; "" when it is.
std::string make_sure(admin& admin, const topic_spec& wanted, bool may_create,
                      steady_clock::time_point deadline, std::vector<std::string>& created) {
    try {
        if (admin.topic(wanted.name, left(deadline))) {
            return {};
        }
        if (!may_create) {
            return "does not exist, and creating topics is off";
        }
        admin.create_topic(wanted, left(deadline));
        // The controller has it; other brokers may need a moment to know.
        while (!admin.topic(wanted.name, left(deadline))) {
            if (steady_clock::now() > deadline) {
                return "was created but does not appear";
            }
            std::this_thread::sleep_for(milliseconds(20));
        }
        created.push_back(wanted.name);
        return {};
    } catch (const bus_error& error) {
        return error.what();
    }
}

}  // namespace

std::vector<std::string> ensure_topics(message_bus& bus, std::span<const topic_spec> wanted, bool may_create,
                                       milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout;
    const auto admin = bus.make_admin();
    admin->ping(timeout);
    std::string missing;
    std::vector<std::string> created;
    for (const auto& topic : wanted) {
        if (const auto why = make_sure(*admin, topic, may_create, deadline, created); !why.empty()) {
            missing += missing.empty() ? "" : "; ";
            missing += "\"" + topic.name + "\" (" + why + ")";
        }
    }
    if (!missing.empty()) {
        throw bus_error(bus.name() + ": topics are missing: " + missing);
    }
    return created;
}

std::string dead_topic(std::string_view topic) {
    return std::string(topic) + ".dead";
}

}  // namespace tapes::bus
