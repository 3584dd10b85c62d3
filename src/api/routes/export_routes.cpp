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

export_request export_asked_for(const asked& from, record& record) {
    export_request wanted;
    wanted.with_catalogue = record.from().catalogue.has_value();
    wanted.as = &form_meant(from.path("form"));
    wanted.about.thread =
        static_cast<std::size_t>(from.number("thread", 0, 1, std::numeric_limits<std::int32_t>::max()));
    wanted.api = from.text("api");
    wanted.keep_secrets = from.flag("keep_secrets");
    constexpr std::size_t megabyte = std::size_t{1} << 20;
    wanted.carried = static_cast<std::size_t>(from.number("carry", exports::usual_carried / megabyte, 1,
                                                          exports::most_carried / megabyte)) *
                     megabyte;
    wanted.about.meant = one_meant(record, from.path("id"));
    return wanted;
}

stream_response begin_export(response head, export_request wanted, record& record) {
    try {
        exports::check_subject(*wanted.as, wanted.about);
        auto share = export_share::take(wanted.carried);
        if (!share) {
            throw refusal{503, "other exports are being written that carry too much for one more: try again"};
        }
        auto body = std::make_unique<export_stream>(record.place(), std::move(wanted), std::move(share),
                                                    first_piece_time);
        return {std::move(head), std::move(body)};
    } catch (const exports::export_refusal& refused) {
        throw refusal{422, refused.what()};
    }
}

stream_response open_export(const request& received, const route_about& about, record& record) {
    auto wanted = export_asked_for(asked{received, about}, record);
    auto head = attachment("", exports::file_name(*wanted.as, wanted.about));
    head.fields.emplace_back("Trailer", std::string{left_out_field} + ", " + std::string{redacted_field});
    return begin_export(std::move(head), std::move(wanted), record);
}

stream_response open_report(const request& received, const route_about& about, record& record) {
    auto wanted = export_asked_for(asked{received, about}, record);
    wanted.report_alone = true;
    return begin_export({200, {}}, std::move(wanted), record);
}

void add_export_route(route_table& table, const std::string& path, const std::shared_ptr<route_about>& about,
                      stream_response (*open)(const request&, const route_about&, record&)) {
    route entry{"GET", path, {}};
    entry.follow = [about, open](const request& received, record& from) {
        return open(received, *about, from);
    };
    entry.about = *about;
    table.add(std::move(entry));
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
                    flag_about("keep_secrets", "Secrets in the content stay."),
                    {"carry", "Of the form html: nodes of up to so many MiB are carried.",
                     R"({"type":"integer","minimum":1,"maximum":128,"default":8})"}};
    about->answers = {
        {200,
         "The file. Trailer fields follow on it (RFC 9110 §6.5), each a list of RFC 8941 such as "
         "`\"thinking\";count=3`: `Tapes-Left-Out`, what the form cannot express or hold, and "
         "`Tapes-Redacted`, the kinds of secrets that were taken out.",
         "", "application/octet-stream"}};
    about->problems = {400, 404, 409, 422, 503};
    add_export_route(table, "/v1/exports/{form}/{id}", about, open_export);

    auto report = std::make_shared<route_about>(*about);
    report->name = "report_export";
    report->text =
        "Tells what such an export leaves out and takes out, and how large it is: for who cannot read "
        "trailer "
        "fields, as pages cannot.";
    report->answers = {{200, "What it leaves out and takes out.", "export_report"}};
    add_export_route(table, "/v1/exports/{form}/{id}/report", report, open_report);
}

}  // namespace tapes::api
