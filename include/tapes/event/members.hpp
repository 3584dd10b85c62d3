#pragma once

#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// How the parts of an event's JSON are written. Pure.
namespace tapes::event {

void append_int(std::string& out, std::int64_t value);

/// Appends `,"name":"value"`.
void append_member(std::string& out, std::string_view name, std::string_view value);
/// Appends `,"name":"value"`, or nothing for "".
void append_filled(std::string& out, std::string_view name, std::string_view value);
/// Appends `,"name":"<RFC 3339>"`.
void append_time(std::string& out, std::string_view name, std::int64_t us);
/// Appends `,"usage":{...}`, or nothing where no figure is known.
void append_usage(std::string& out, const merkle::usage& figures);

}  // namespace tapes::event
