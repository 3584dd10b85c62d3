#include "access/admin_channel.hpp"

#include <tapes/api/cursor_routes.hpp>
#include <tapes/app/cursors.hpp>
#include <tapes/store/cursors.hpp>
#include <tapes/store/reader.hpp>

namespace tapes::app {

int list_cursors(const config::settings& settings, bool json, printer& out) {
    const auto cursors = store::list_cursors(settings.storage.sqlite_path);
    const auto last = store::reader{settings.storage.sqlite_path}.last_seq();
    if (json) {
        out.json(api::cursors_json(cursors, last));
        return 0;
    }
    if (cursors.empty()) {
        out << "no cursors; the log ends at row " << last << "\n";
        return 0;
    }
    out << "row         behind      name\n";
    for (const auto& one : cursors) {
        out << left(12, one.seq) << left(12, last > one.seq ? last - one.seq : 0) << one.name << "\n";
    }
    return 0;
}

int set_cursor(const config::settings& settings, const std::string& name, std::uint64_t seq, printer& out) {
    admin_channel channel{settings};
    (void)channel.send({"PUT", "/v1/cursors/" + name, {}, {}, "{\"seq\":" + std::to_string(seq) + "}"});
    out << "cursor " << name << " is at row " << seq << "\n";
    return 0;
}

int delete_cursor(const config::settings& settings, const std::string& name, printer& out) {
    admin_channel channel{settings};
    (void)channel.send({"DELETE", "/v1/cursors/" + name, {}, {}, {}});
    out << "cursor " << name << " is deleted\n";
    return 0;
}

}  // namespace tapes::app
