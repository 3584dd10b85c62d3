#include "exports/export_stream.hpp"
#include "routes/asked.hpp"
#include "routes/attachment.hpp"
#include "routes/meant.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"

#include <tapes/export/form.hpp>

#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

/// So long a request waits for the first piece; then the head goes out without it.
constexpr std::chrono::seconds first_piece_time{20};

const exports::form& form_meant(std::string_view name) {
    const auto* const found = exports::find_form(name);
    if (found == nullptr) {
        throw refusal{404, "there is no form \"" + std::string{name.substr(0, 64)} + "\"; there are " +
                               exports::form_names()};
    }
    return *found;
}

stream_response open_export(const request& received, const route_about& about, record& record) {
    const asked from{received, about};
    export_request wanted;
    wanted.with_catalogue = record.from().catalogue.has_value();
    const auto& as = form_meant(from.path("form"));
    wanted.as = &as;
    wanted.about.thread =
        static_cast<std::size_t>(from.number("thread", 0, 1, std::numeric_limits<std::int32_t>::max()));
    wanted.api = from.text("api");
    wanted.keep_secrets = from.flag("keep_secrets");
    wanted.about.meant = one_meant(record, from.path("id"));
    auto head = attachment("", exports::file_name(as, wanted.about));
    try {
        exports::check_subject(as, wanted.about);
        auto body = std::make_unique<export_stream>(record.place(), std::move(wanted), first_piece_time);
        return {std::move(head), std::move(body)};
    } catch (const exports::export_refusal& refused) {
        throw refusal{422, refused.what()};
    }
}

}  // namespace

void add_export_routes(route_table& table) {
    auto about = std::make_shared<route_about>();
    about->name = "export_record";
    about->text =
        "Writes a part of the record in a form that others read, looked through for secrets, as a file to "
        "keep.";
    about->path = {
        text_about("form", "Which form: " + exports::form_names() + "."),
        text_about("id",
                   "A session, a node's hash, an exchange, or a unique beginning of one; `@` for the "
                   "newest session.")};
    about->query = {{"thread", "One thread of a session, from 1.", R"({"type":"integer","minimum":1})"},
                    text_about("api", "Of the form request: in which API's form it is written."),
                    flag_about("keep_secrets", "Secrets in the content stay.")};
    about->answers = {{200, "The file.", "", "application/octet-stream"}};
    about->problems = {400, 404, 409, 422, 503};
    route entry{"GET", "/v1/exports/{form}/{id}", {}};
    entry.follow = [about](const request& received, record& from) {
        return open_export(received, *about, from);
    };
    entry.about = *about;
    table.add(std::move(entry));
}

}  // namespace tapes::api
