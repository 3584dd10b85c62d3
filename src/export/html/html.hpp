#pragma once

#include <tapes/export/form.hpp>

#include <string_view>

namespace tapes::exports {

/// Writes one file that needs nothing else: it shows what was said, carries the nodes, and proves by its own
/// script that what it shows is what their hashes say (docs/proof.md). Nothing of the record runs in it, and
/// it asks no other host for anything.
void write_html(task& given);

/// How the lines of nodes, and of what the file says of itself, begin and end.
inline constexpr std::string_view html_node_begin = "<script type=\"application/json\" class=\"node\">";
inline constexpr std::string_view html_script_end = "</script>";
inline constexpr std::string_view html_about_begin = "<script type=\"application/json\" id=\"about\">";

}  // namespace tapes::exports
