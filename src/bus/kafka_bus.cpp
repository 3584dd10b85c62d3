#include "kafka_admin.hpp"
#include "kafka_client.hpp"
#include "kafka_consumer.hpp"
#include "kafka_producer.hpp"

#include <tapes/text/list.hpp>

#include <utility>

namespace tapes::bus {
namespace {

class kafka_bus : public message_bus {
public:
    explicit kafka_bus(kafka_settings settings) : settings_{std::move(settings)} {
        if (settings_.brokers.empty()) {
            throw setting_error("kafka brokers are required");
        }
        // Made once for nothing, so that a property that can never work is an error of the start.
        log_limiter log(log_limiter::voice::quiet);
        static_cast<void>(make_client(make_conf(settings_, {}, log)));
    }

    std::unique_ptr<producer> make_producer(producer_events& events,
                                            const producer_options& options) override {
        return std::make_unique<kafka_producer>(settings_, events, options);
    }

    std::unique_ptr<consumer> make_consumer(subscriber& handler, const consumer_options& options) override {
        return std::make_unique<kafka_consumer>(settings_, handler, options);
    }

    std::unique_ptr<admin> make_admin() override { return std::make_unique<kafka_admin>(settings_); }

    std::string name() const override { return "kafka brokers " + text::comma_list(settings_.brokers); }

private:
    const kafka_settings settings_;
};

}  // namespace

std::unique_ptr<message_bus> make_kafka_bus(kafka_settings settings) {
    return std::make_unique<kafka_bus>(std::move(settings));
}

}  // namespace tapes::bus
