#pragma once

#include <tapes/export/left_out.hpp>
#include <tapes/export/secret_filter.hpp>
#include <tapes/export/sink.hpp>
#include <tapes/read/ids.hpp>
#include <tapes/read/prices.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tapes::exports {

/// What is exported.
struct subject {
    read::named meant;
    std::size_t thread = 0;  ///< of a session, from 1; 0: its main threads
};

/// The content of a node that has more is left out of a file that carries nodes, unless more is asked for:
/// some times as much is held in memory while it is written, and by the browser that opens the file.
inline constexpr std::size_t usual_carried = std::size_t{8} << 20;
/// More cannot be asked for: a line of a page that is imported may have 256 MiB (page_reader).
inline constexpr std::size_t most_carried = std::size_t{128} << 20;

/// All that a form is given. What it refers to outlives the export.
struct task {
    read::sources& from;
    const read::price_table& prices;
    subject about;
    std::string api;  ///< of the form `request`: in which API's form; "": that of the record
    secret_filter& secrets;
    sink& to;
    left_out* left = nullptr;             ///< what the form cannot express is counted there; may be null
    std::size_t carried = usual_carried;  ///< of the form `html`: the most of a node's content
};

/// Says why a thing cannot be exported in a form, in a sentence. It is thrown before the first byte.
class export_refusal : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A form in which the record leaves. Whatever it writes that somebody has said has gone through
/// `task::secrets`.
struct form {
    std::string_view name;        ///< as `--as` and the route name it
    std::string_view extension;   ///< of a file, without the dot
    std::string_view media_type;  ///< of such a file
    bool sessions = false;        ///< which things it takes
    bool threads = false;         ///< one of a session
    bool nodes = false;           ///< a chain, by its last node
    bool exchanges = false;
    /// Writes it whole. Holds a bounded part of the record at a time. Throws export_refusal,
    /// std::runtime_error with SQLite's message, and what the sink throws.
    void (*write)(task&) = nullptr;
};

/// All forms, in the order in which they are told.
std::span<const form> forms() noexcept;
/// Returns null where there is no such form.
const form* find_form(std::string_view name) noexcept;
/// "markdown, html, har"
std::string form_names();

/// Throws export_refusal where the form does not take such a thing.
void check_subject(const form& as, const subject& about);

/// A name for the file: letters, digits and hyphens, such as `session-2026-01-31T120000.md`. No hash is in
/// it: what was taken out of the file could be guessed from one.
std::string file_name(const form& as, const subject& about);

}  // namespace tapes::exports
