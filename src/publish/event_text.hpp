#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// How the parts of an event's JSON are written. Pure.
namespace tapes::publish {

void append_hex(std::string& out, const merkle::digest& value);
void append_int(std::string& out, std::int64_t value);

/// `,"name":"value"`
void append_member(std::string& out, std::string_view name, std::string_view value);
/// The same, but nothing for "".
void append_filled(std::string& out, std::string_view name, std::string_view value);
/// `,"name":"<RFC 3339>"`
void append_time(std::string& out, std::string_view name, std::int64_t us);
/// `,"usage":{...}`, or nothing where it says nothing.
void append_usage(std::string& out, const merkle::usage& used);

}  // namespace tapes::publish
