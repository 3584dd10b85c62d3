/// librdkafka alone: how fast records from a file go to a topic, to compare the publisher with.
///
///   tapes_bench_producer FILE TOPIC PROPERTY=VALUE...
///
/// FILE holds records, each as a list of (length as uint32 in host order, bytes): key, value, and the number
/// of headers as uint32, then name and value of each. They are read before the clock starts; one record goes
/// out first, so that connecting is not counted. Prints one JSON object; exit code 1 on any failure.
#include "cpu_time.hpp"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace {

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "tapes_bench_producer: %s\n", what);
    std::exit(1);
}

struct record {
    std::string_view key;
    std::string_view value;
    std::vector<std::pair<const char*, std::string_view>> headers;
};

class file_reader {
public:
    explicit file_reader(std::string_view bytes) : left_{bytes} {}

    bool done() const { return left_.empty(); }

    std::uint32_t number() {
        std::uint32_t out = 0;
        std::memcpy(&out, take(sizeof out).data(), sizeof out);
        return out;
    }

    std::string_view text() { return take(number()); }

private:
    std::string_view take(std::size_t size) {
        if (left_.size() < size) {
            fail("the file of records ends early");
        }
        const auto out = left_.substr(0, size);
        left_.remove_prefix(size);
        return out;
    }

    std::string_view left_;
};

/// Header names are kept in `names`: librdkafka wants them with a zero behind.
std::vector<record> read_records(std::string_view bytes, std::vector<std::string>& names) {
    std::vector<record> out;
    names.reserve(64);
    file_reader from{bytes};
    while (!from.done()) {
        record one;
        one.key = from.text();
        one.value = from.text();
        for (auto left = from.number(); left > 0; --left) {
            const auto name = from.text();
            std::size_t i = 0;
            while (i < names.size() && names[i] != name) {
                ++i;
            }
            if (i == names.size()) {
                if (names.size() == names.capacity()) {
                    fail("too many header names");
                }
                names.emplace_back(name);
            }
            one.headers.emplace_back(names[i].c_str(), from.text());
        }
        out.push_back(std::move(one));
    }
    return out;
}

class producer {
public:
    producer(const char* topic, int count, char** properties) {
        char text[512];
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        for (int i = 0; i < count; ++i) {
            const std::string both = properties[i];
            const auto split = both.find('=');
            if (split == both.npos ||
                rd_kafka_conf_set(conf, both.substr(0, split).c_str(), both.c_str() + split + 1, text,
                                  sizeof text) != RD_KAFKA_CONF_OK) {
                fail(split == both.npos ? "a property is NAME=VALUE" : text);
            }
        }
        rd_kafka_conf_set_opaque(conf, this);
        rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
            if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
                fail(rd_kafka_err2str(message->err));
            }
            ++static_cast<producer*>(self)->delivered_;
        });
        client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
        if (client_ == nullptr) {
            fail(text);
        }
        topic_ = rd_kafka_topic_new(client_, topic, nullptr);
    }

    ~producer() {
        rd_kafka_topic_destroy(topic_);
        rd_kafka_destroy(client_);
    }

    producer(const producer&) = delete;
    producer& operator=(const producer&) = delete;

    void produce(const record& what) {
        std::vector<rd_kafka_vu_t>& fields = fields_;
        fields.resize(4 + what.headers.size());
        fields[0].vtype = RD_KAFKA_VTYPE_RKT;
        fields[0].u.rkt = topic_;
        fields[1].vtype = RD_KAFKA_VTYPE_VALUE;
        fields[1].u.mem = {const_cast<char*>(what.value.data()), what.value.size()};
        fields[2].vtype = RD_KAFKA_VTYPE_KEY;
        fields[2].u.mem = {const_cast<char*>(what.key.data()), what.key.size()};
        fields[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
        fields[3].u.i = RD_KAFKA_MSG_F_COPY;
        for (std::size_t i = 0; i < what.headers.size(); ++i) {
            const auto& [name, value] = what.headers[i];
            fields[4 + i].vtype = RD_KAFKA_VTYPE_HEADER;
            fields[4 + i].u.header = {name, value.data(), static_cast<ssize_t>(value.size())};
        }
        while (rd_kafka_error_t* error = rd_kafka_produceva(client_, fields.data(), fields.size())) {
            if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                fail(rd_kafka_error_string(error));
            }
            rd_kafka_error_destroy(error);
            rd_kafka_poll(client_, 10);
        }
        rd_kafka_poll(client_, 0);
    }

    void wait_for(std::size_t count) {
        while (delivered_ < count) {
            rd_kafka_poll(client_, 100);
        }
    }

private:
    rd_kafka_t* client_ = nullptr;
    rd_kafka_topic_t* topic_ = nullptr;
    std::vector<rd_kafka_vu_t> fields_;
    std::size_t delivered_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: tapes_bench_producer FILE TOPIC PROPERTY=VALUE...\n");
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> names;
    const auto records = read_records(bytes, names);
    if (records.empty()) {
        fail("no records");
    }
    producer to(argv[2], argc - 3, argv + 3);
    to.produce(records.front());
    to.wait_for(1);
    const double cpu = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    for (const auto& one : records) {
        to.produce(one);
    }
    to.wait_for(records.size() + 1);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("{\"events\":%zu,\"seconds\":%.6f,\"cpu_us\":%.3f}\n", records.size(), seconds,
                (cpu_seconds() - cpu) * 1e6 / static_cast<double>(records.size()));
    return 0;
}
