// Prints the events on a topic of tapes, each once: consumer BROKERS TOPIC [GROUP]
//
// g++ -std=c++20 -O2 consumer.cpp -o consumer -lrdkafka++
//
// Ends after IDLE_SECONDS without a message, where that is set.
#include <librdkafka/rdkafkacpp.h>

#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

void set(RdKafka::Conf& conf, const std::string& name, const std::string& value) {
    std::string error;
    if (conf.set(name, value, error) != RdKafka::Conf::CONF_OK) {
        throw std::runtime_error(error);
    }
}

std::unique_ptr<RdKafka::KafkaConsumer> make_consumer(const std::string& brokers, const std::string& group) {
    const std::unique_ptr<RdKafka::Conf> conf(RdKafka::Conf::create(RdKafka::Conf::CONF_GLOBAL));
    set(*conf, "bootstrap.servers", brokers);
    set(*conf, "group.id", group);
    set(*conf, "auto.offset.reset", "earliest");
    set(*conf, "enable.auto.commit", "false");  // an offset is committed after its event was dealt with
    set(*conf, "fetch.message.max.bytes", "34603008");  // topics of tapes take 32 MiB
    std::string error;
    std::unique_ptr<RdKafka::KafkaConsumer> made(RdKafka::KafkaConsumer::create(conf.get(), error));
    if (!made) {
        throw std::runtime_error(error);
    }
    return made;
}

std::string header(const RdKafka::Message& message, const std::string& name) {
    const auto* const headers = const_cast<RdKafka::Message&>(message).headers();
    if (headers == nullptr) {
        return {};
    }
    const auto last = headers->get_last(name);
    return last.err() == RdKafka::ERR_NO_ERROR && last.value() != nullptr
               ? std::string(static_cast<const char*>(last.value()), last.value_size())
               : std::string();
}

void show(const RdKafka::Message& message) {
    const std::string_view event(static_cast<const char*>(message.payload()), message.len());
    std::cout << header(message, "event_type") << ' ' << header(message, "event_id") << ' ' << event
              << std::endl;
}

int consume(const std::string& brokers, const std::string& topic, const std::string& group) {
    const auto consumer = make_consumer(brokers, group);
    if (const auto failed = consumer->subscribe({topic}); failed != RdKafka::ERR_NO_ERROR) {
        throw std::runtime_error(RdKafka::err2str(failed));
    }
    const char* const limit = std::getenv("IDLE_SECONDS");
    const double most = limit != nullptr ? std::atof(limit) : std::numeric_limits<double>::infinity();
    std::set<std::string>
        seen;  // delivery is at least once: in earnest this is a unique key of your database
    for (double idle = 0; idle < most;) {
        const std::unique_ptr<RdKafka::Message> message(consumer->consume(500));
        if (message->err() == RdKafka::ERR__TIMED_OUT) {
            idle += 0.5;
            continue;
        }
        if (message->err() != RdKafka::ERR_NO_ERROR) {
            throw std::runtime_error(message->errstr());
        }
        idle = 0;
        if (seen.insert(header(*message, "event_id")).second) {
            show(*message);
        }
        consumer->commitSync(message.get());
    }
    consumer->close();
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) {
        std::cerr << "usage: consumer BROKERS TOPIC [GROUP]\n";
        return 2;
    }
    try {
        return consume(arguments[1], arguments[2], count > 3 ? arguments[3] : "tapes-example");
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
