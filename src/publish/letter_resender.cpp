#include "outgoing.hpp"

#include <tapes/event/record.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/publish/letter_resender.hpp>
#include <tapes/store/event_reader.hpp>
#include <tapes/store/reader.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::publish {
namespace {

class letter_resender : public letter_sender {
public:
    letter_resender(bus::message_bus& to, const std::string& path, std::vector<std::string> cursors,
                    event::topic_names topics, std::uint64_t max_message_bytes)
        : nodes_{path},
          events_{path},
          letters_{path},
          cursors_{std::move(cursors)},
          topics_{std::move(topics)},
          writer_{to, {max_message_bytes}} {}

    std::vector<std::string> sources() const override { return cursors_; }

    bus::write_result resend(const store::kept_letter& letter, std::chrono::milliseconds timeout) override {
        auto result = send(letter, event::content_form::whole, timeout);
        if (result.why == bus::failure::too_large && letter.event_type == event::node_event_type) {
            result = send(letter, event::content_form::reference, timeout);
        }
        return result;
    }

private:
    bus::write_result send(const store::kept_letter& letter, event::content_form form,
                           std::chrono::milliseconds timeout) {
        make(letter, form);
        record_.extra = {{"retry", std::to_string(letter.retries + 1)}};
        const auto topic = letter.topic.empty() ? topics_.topic_of(letter.event_type) : letter.topic;
        const outgoing out{record_, topic};
        return writer_.write(out.record(), timeout);
    }

    void make(const store::kept_letter& letter, event::content_form form) {
        if (letter.event_type == event::node_event_type) {
            const auto hash = merkle::from_hex(letter.event_id);
            const auto node = hash ? nodes_.find_node(*hash) : std::nullopt;
            if (!node) {
                throw std::runtime_error{"the store has no node " + letter.event_id};
            }
            event::make_node_record(record_, *node, form);
            return;
        }
        const auto rows = events_.rows(letter.seq == 0 ? 0 : letter.seq - 1, 1);
        if (rows.empty() || rows.front().seq != letter.seq) {
            throw std::runtime_error{"the log has no row " + std::to_string(letter.seq)};
        }
        if (letter.event_type == event::exchange_event_type) {
            if (const auto exchange = events_.exchange(rows.front().ref)) {
                event::make_exchange_record(record_, *exchange);
                return;
            }
        } else if (const auto change = letters_.change(rows.front().ref)) {
            event::make_letter_record(record_, *change);
            return;
        }
        throw std::runtime_error{"log row " + std::to_string(letter.seq) + " has no event " +
                                 letter.event_type};
    }

    store::reader nodes_;
    store::event_reader events_;
    store::letter_reader letters_;
    const std::vector<std::string> cursors_;
    const event::topic_names topics_;
    event::event_record record_;
    bus::sync_writer writer_;
};

}  // namespace

std::unique_ptr<letter_sender> make_letter_resender(bus::message_bus& to, const std::string& path,
                                                    std::vector<std::string> cursors,
                                                    event::topic_names topics,
                                                    std::uint64_t max_message_bytes) {
    return std::make_unique<letter_resender>(to, path, std::move(cursors), std::move(topics),
                                             max_message_bytes);
}

}  // namespace tapes::publish
