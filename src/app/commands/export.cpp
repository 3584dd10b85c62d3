#include "access/new_file.hpp"
#include "access/open_record.hpp"
#include "commands/meant.hpp"

#include <tapes/app/export.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/export/form.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <string_view>

namespace tapes::app {

namespace {

/// The reader of standard output has gone away.
class output_gone : public std::exception {};

class output_sink final : public exports::sink {
public:
    explicit output_sink(printer& out) : out_{out} {}

    void write(std::string_view bytes) override {
        out_.bytes().write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (out_.gone()) {
            throw output_gone{};
        }
    }

private:
    printer& out_;
};

class file_sink final : public exports::sink {
public:
    explicit file_sink(new_file& to) : to_{to} {}
    void write(std::string_view bytes) override { to_.write(bytes); }

private:
    new_file& to_;
};

void tell_secrets(const exports::secret_filter& secrets, printer& err) {
    constexpr std::size_t most_told = 20;
    const auto& report = secrets.report();
    if (secrets.keeps() || report.count() == 0) {
        return;
    }
    err << "tapes: taken out: " << report.line() << "\n";
    std::size_t told = 0;
    for (const auto& place : report.places) {
        if (told++ == most_told) {
            err << "  and in more places: see the end of the export\n";
            break;
        }
        err << "  " << place.where << ": " << place.kind;
        if (place.count > 1) {
            err << ", " << place.count << " times";
        }
        err << "\n";
    }
}

/// What the form cannot express.
void tell_left_out(const exports::left_out& left, printer& err) {
    if (left.empty()) {
        return;
    }
    err << "tapes: left out, as the form cannot express or hold it:\n";
    for (const auto& [thing, count] : left.counts()) {
        err << "  " << thing << ": " << count << "\n";
    }
}

}  // namespace

int export_record(const config::settings& settings, const record_export& options, printer& out,
                  printer& err) {
    const auto* const as = exports::find_form(options.as);
    if (as == nullptr) {
        throw usage_error{"--as must be one of " + exports::form_names() + ", not \"" + options.as + "\""};
    }
    open_record record{settings};
    const auto meant = find_meant(record.from(), options.id, err);
    if (!meant) {
        return 1;
    }
    exports::secret_filter secrets{options.keep_secrets};
    std::optional<new_file> file;
    std::unique_ptr<exports::sink> to;
    if (options.file.empty() || options.file == "-") {
        to = std::make_unique<output_sink>(out);
    } else {
        to = std::make_unique<file_sink>(file.emplace(options.file));
    }
    exports::left_out left;
    exports::task given{record.from(), record.prices(), {*meant, options.thread}, options.api, secrets, *to,
                        &left};
    if (options.carry_mb != 0) {
        given.carried = options.carry_mb > exports::most_carried >> 20U
                            ? throw usage_error{"--carry takes at most " +
                                                std::to_string(exports::most_carried >> 20U) + " (MB)"}
                            : options.carry_mb << 20U;
    }
    try {
        exports::check_subject(*as, given.about);
        as->write(given);
        if (file) {
            file->finish();
        }
    } catch (const output_gone&) {
        return 0;
    }
    out.flush();
    tell_secrets(secrets, err);
    tell_left_out(left, err);
    return 0;
}

std::vector<std::string> export_forms() {
    std::vector<std::string> made;
    for (const auto& one : exports::forms()) {
        made.emplace_back(one.name);
    }
    return made;
}

}  // namespace tapes::app
