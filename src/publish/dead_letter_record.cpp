#include <tapes/bus/topics.hpp>
#include <tapes/event/members.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/publish/dead_letter_record.hpp>

#include <array>
#include <cstddef>

namespace tapes::publish {
namespace {

bool is_utf8(std::string_view text) {
    std::string repaired;
    repaired.reserve(text.size());
    merkle::append_utf8(repaired, text);
    return repaired == text;
}

void append_base64(std::string& out, std::string_view bytes) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) : 0U;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto three = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
        out += letters[three >> 18U];
        out += letters[three >> 12U & 63U];
        out += i + 1 < bytes.size() ? letters[three >> 6U & 63U] : '=';
        out += i + 2 < bytes.size() ? letters[three & 63U] : '=';
    }
}

}  // namespace

void append_bytes(std::string& out, std::string_view name, std::string_view value) {
    if (is_utf8(value)) {
        event::append_member(out, name, value);
        return;
    }
    out += ",\"";
    out += name;
    out += "_base64\":\"";
    append_base64(out, value);
    out += '"';
}

void append_dead_letter(std::string& out, const dead_letter_record& letter, payload_form form) {
    out += "{\"schema\":";
    merkle::append_json_string(out, dead_letter_schema);
    event::append_member(out, "id", letter.id);
    event::append_member(out, "event_type", letter.event_type);
    event::append_member(out, "topic", letter.topic);
    if (letter.partition >= 0) {
        out += ",\"partition\":" + std::to_string(letter.partition);
        out += ",\"offset\":" + std::to_string(letter.offset);
    }
    append_bytes(out, "key", letter.key);
    event::append_member(out, "reason", letter.reason);
    out += ",\"attempts\":" + std::to_string(letter.attempts);
    event::append_time(out, "first_at", letter.first_us);
    event::append_time(out, "last_at", letter.last_us);
    out += ",\"payload_bytes\":" + std::to_string(letter.payload.size());
    if (form == payload_form::whole) {
        append_bytes(out, "payload", letter.payload);
    }
    out += '}';
}

bus::write_result write_dead_letter(bus::sync_writer& writer, const dead_letter_record& letter,
                                    std::chrono::milliseconds timeout) {
    const auto topic = bus::dead_topic(letter.topic);
    const std::array<bus::header, 4> headers{{
        {"reason", letter.reason},
        {"event_id", letter.id},
        {"event_type", letter.event_type},
        {"content-type", "application/json"},
    }};
    bus::write_result result;
    for (const auto form : {payload_form::whole, payload_form::left_out}) {
        std::string value;
        append_dead_letter(value, letter, form);
        result = writer.write({topic, letter.key, value, headers, letter.last_us / 1000, 0}, timeout);
        if (result.why != bus::failure::too_large) {
            break;
        }
    }
    return result;
}

}  // namespace tapes::publish
